//! The vocabulary of the seeded data: people, streets, and what goes wrong in a house.

use crate::json::Json;
use crate::world::Dice;

const FIRST_NAMES: &[&str] = &[
    "Ada", "Alan", "Amara", "Andre", "Beatriz", "Brandon", "Carla", "Chen", "Daniel", "Diego", "Elena", "Ethan",
    "Fatima", "Frank", "Grace", "Hannah", "Ibrahim", "Isabel", "Jamal", "Janet", "Jose", "Karen", "Kevin", "Laura",
    "Leo", "Linh", "Lucia", "Malik", "Maria", "Megan", "Miguel", "Nadia", "Noah", "Olivia", "Omar", "Paige", "Pedro",
    "Quinn", "Rachel", "Raj", "Renée", "Rosa", "Samuel", "Sofia", "Tamika", "Thomas", "Uma", "Victor", "Wendy", "Zoë",
];

const LAST_NAMES: &[&str] = &[
    "Abbott",
    "Alvarez",
    "Baker",
    "Bennett",
    "Brooks",
    "Campbell",
    "Castillo",
    "Chavez",
    "Coleman",
    "Cruz",
    "Davis",
    "Delgado",
    "Diaz",
    "Edwards",
    "Fischer",
    "Flores",
    "Foster",
    "Garcia",
    "Gómez",
    "Gray",
    "Hayes",
    "Henderson",
    "Hughes",
    "Ibarra",
    "Jackson",
    "Jenkins",
    "Kaur",
    "Kelly",
    "Kim",
    "Larsen",
    "Lee",
    "Lopez",
    "Martin",
    "Mendoza",
    "Morales",
    "Murphy",
    "Nguyen",
    "O'Brien",
    "Ortiz",
    "Patel",
    "Perez",
    "Price",
    "Ramirez",
    "Reed",
    "Rivera",
    "Sanders",
    "Silva",
    "Torres",
    "Walker",
    "Young",
];

const COMPANIES: &[&str] = &[
    "Bluebonnet Bakery",
    "Cedar Park Dental",
    "Desert Ridge Apartments",
    "Eastside Montessori",
    "Foothill Brewing",
    "Greenway Property Group",
    "Hilltop Lofts",
    "Lakeline Storage",
    "Mesa Verde Grill",
    "Northgate Church",
    "Oak Hollow HOA",
    "Pioneer Hardware",
    "Saguaro Fitness",
    "Tri-County Veterinary",
    "Willow Creek Senior Living",
];

const STREETS: &[&str] = &[
    "Acacia Ave",
    "Bell Rd",
    "Birch St",
    "Cactus Wren Ln",
    "Cedar St",
    "Cherry Hill Dr",
    "Congress Ave",
    "Elm St",
    "Fairway Dr",
    "Guadalupe St",
    "Hickory Ct",
    "Indian School Rd",
    "Juniper Way",
    "Lamar Blvd",
    "Main St",
    "Maple Ave",
    "Mesquite Trl",
    "Mill Creek Rd",
    "Oak Ridge Dr",
    "Palo Verde Dr",
    "Pecan St",
    "River Oaks Blvd",
    "Shoal Creek Blvd",
    "Sunset Dr",
    "Thunderbird Rd",
    "University Ave",
    "Vista Bonita Dr",
    "Walnut St",
];

/// City, state, postcode, latitude and longitude in ten-thousandths.
type City = (&'static str, &'static str, &'static str, i64, i64);

const CITIES: &[City] = &[
    ("Austin", "TX", "78704", 302_430, -977_680),
    ("Round Rock", "TX", "78664", 305_080, -976_780),
    ("Cedar Park", "TX", "78613", 305_050, -978_200),
    ("Phoenix", "AZ", "85018", 334_950, -1_119_880),
    ("Scottsdale", "AZ", "85251", 334_940, -1_119_260),
    ("Mesa", "AZ", "85201", 334_150, -1_118_310),
    ("Glendale", "CA", "91203", 341_480, -1_182_590),
    ("Pasadena", "CA", "91101", 341_470, -1_181_440),
    ("Boise", "ID", "83702", 436_150, -1_162_020),
    ("Worcester", "MA", "01602", 422_680, -718_450),
];

/// What a job is about.
pub(crate) const SUMMARIES: &[&str] = &[
    "AC blows warm air, outdoor unit hums but does not start.",
    "Annual furnace tune-up, replace 16x25x1 filter.",
    "Kitchen sink drains slowly; snake the line to the main.",
    "Water heater leaks at the T&P valve.",
    "No heat upstairs, zone valve suspected.",
    "Estimate for a 3-ton heat pump; customer asks about rebates.",
    "Toilet runs constantly in the hall bath.",
    "Thermostat is blank after a storm.",
    "Sump pump trips the breaker.",
    "Customer reports a \"burning smell\" when the heat starts.",
    "Low water pressure in the whole house.",
    "Refrigerant leak search, top up and recheck.",
];

/// A person's name.
pub(crate) fn person(dice: &mut Dice) -> String {
    let (first, last) = names(dice);
    format!("{first} {last}")
}

/// First and last name.
pub(crate) fn names(dice: &mut Dice) -> (&'static str, &'static str) {
    (dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES))
}

pub(crate) fn company(dice: &mut Dice) -> &'static str {
    dice.pick(COMPANIES)
}

/// A number in the range that is reserved for fiction.
pub(crate) fn phone(dice: &mut Dice) -> String {
    let area = dice.pick(&["512", "480", "602", "208", "508", "626"]);
    format!("{area}55501{:02}", dice.below(100))
}

/// A mail address that belongs to nobody.
pub(crate) fn email(first: &str, last: &str, number: u32) -> String {
    let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_alphabetic).collect() };
    format!("{}.{}{number}@example.com", plain(first).to_lowercase(), plain(last).to_lowercase())
}

/// A postal address.
pub(crate) struct Address {
    number: u32,
    street: &'static str,
    unit: Option<u32>,
    city: City,
    off: (i64, i64),
}

impl Address {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self {
            number: 100 + dice.below(9800),
            street: dice.pick(STREETS),
            unit: dice.one_in(5).then(|| 1 + dice.below(40)),
            city: dice.pick(CITIES),
            off: (dice.below_i64(400) - 200, dice.below_i64(400) - 200),
        }
    }

    pub(crate) fn street(&self) -> String {
        format!("{} {}", self.number, self.street)
    }

    /// Street to country, as every address has it.
    pub(crate) fn write(&self, json: &mut Json<'_>) {
        let unit = self.unit.map(|unit| format!("#{unit}"));
        json.put("street", self.street()).put("unit", unit).put("city", self.city.0).put("state", self.city.1);
        json.put("zip", self.city.2).put("country", "USA");
    }

    /// With coordinates, in degrees.
    pub(crate) fn write_placed(&self, json: &mut Json<'_>) {
        self.write(json);
        json.put_with("latitude", |out| degrees(out, self.city.3 + self.off.0));
        json.put_with("longitude", |out| degrees(out, self.city.4 + self.off.1));
    }
}

fn degrees(out: &mut Vec<u8>, parts: i64) {
    let sign = if parts < 0 { "-" } else { "" };
    let parts = parts.abs();
    out.extend_from_slice(format!("{sign}{}.{:04}", parts / 10_000, parts % 10_000).as_bytes());
}
