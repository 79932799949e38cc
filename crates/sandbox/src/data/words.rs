//! The vocabulary of the seed data: people, streets, and what breaks in a house.

use std::sync::LazyLock;

use serde::Serialize;

use crate::data::rng::Rng;

/// The name at a place of a comma separated list; a word and a number beyond its end.
pub(crate) fn nth(names: &str, place: u32, beyond: &str) -> String {
    let name = names.split(',').nth(place as usize);
    name.map_or_else(|| format!("{beyond} {}", place + 1), |name| name.trim_start().to_owned())
}

/// The lists below, taken apart.
static LISTS: LazyLock<[Vec<&str>; 4]> =
    LazyLock::new(|| [FIRST_NAMES, LAST_NAMES, COMPANIES, STREETS].map(|list| list.split(", ").collect()));

const FIRST_NAMES: &str = "\
    Ada, Alan, Amara, Andre, Beatriz, Brandon, Carla, Chen, Daniel, Diego, Elena, Ethan, Fatima, Frank, \
    Grace, Hannah, Ibrahim, Isabel, Jamal, Janet, Jose, Karen, Kevin, Laura, Leo, Linh, Lucia, Malik, Maria, \
    Megan, Miguel, Nadia, Noah, Olivia, Omar, Paige, Pedro, Quinn, Rachel, Raj, Renée, Rosa, Samuel, Sofia, \
    Tamika, Thomas, Uma, Victor, Wendy, Zoë";

const LAST_NAMES: &str = "\
    Abbott, Alvarez, Baker, Bennett, Brooks, Campbell, Castillo, Chavez, Coleman, Cruz, Davis, Delgado, Diaz, \
    Edwards, Fischer, Flores, Foster, Garcia, Gómez, Gray, Hayes, Henderson, Hughes, Ibarra, Jackson, \
    Jenkins, Kaur, Kelly, Kim, Larsen, Lee, Lopez, Martin, Mendoza, Morales, Murphy, Nguyen, O'Brien, Ortiz, \
    Patel, Perez, Price, Ramirez, Reed, Rivera, Sanders, Silva, Torres, Walker, Young";

const COMPANIES: &str = "\
    Bluebonnet Bakery, Cedar Park Dental, Desert Ridge Apartments, Eastside Montessori, Foothill Brewing, \
    Greenway Property Group, Hilltop Lofts, Lakeline Storage, Mesa Verde Grill, Northgate Church, Oak Hollow \
    HOA, Pioneer Hardware, Saguaro Fitness, Tri-County Veterinary, Willow Creek Senior Living";

const STREETS: &str = "\
    Acacia Ave, Bell Rd, Birch St, Cactus Wren Ln, Cedar St, Cherry Hill Dr, Congress Ave, Elm St, Fairway \
    Dr, Guadalupe St, Hickory Ct, Indian School Rd, Juniper Way, Lamar Blvd, Main St, Maple Ave, Mesquite \
    Trl, Mill Creek Rd, Oak Ridge Dr, Palo Verde Dr, Pecan St, River Oaks Blvd, Shoal Creek Blvd, Sunset Dr, \
    Thunderbird Rd, University Ave, Vista Bonita Dr, Walnut St";

/// City, state, postcode, latitude and longitude in ten-thousandths.
type City = (&'static str, &'static str, &'static str, i32, i32);

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

pub(crate) fn person(rng: &mut Rng) -> String {
    let (first, last) = names(rng);
    format!("{first} {last}")
}

pub(crate) fn names(rng: &mut Rng) -> (&'static str, &'static str) {
    (rng.pick(&LISTS[0]), rng.pick(&LISTS[1]))
}

pub(crate) fn company(rng: &mut Rng) -> &'static str {
    rng.pick(&LISTS[2])
}

/// A telephone number in the range that is reserved for fiction.
pub(crate) fn phone(rng: &mut Rng) -> String {
    let area = rng.pick(&["512", "480", "602", "208", "508", "626"]);
    format!("{area}55501{:02}", rng.below(100))
}

/// An e-mail address that belongs to nobody.
pub(crate) fn email(first: &str, last: &str, number: u32) -> String {
    let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_alphabetic).collect() };
    format!("{}.{}{number}@example.com", plain(first).to_lowercase(), plain(last).to_lowercase())
}

#[derive(Serialize)]
pub(crate) struct Address {
    pub(crate) street: String,
    unit: Option<String>,
    city: &'static str,
    state: &'static str,
    zip: &'static str,
    country: &'static str,
}

/// A postal address with its coordinates in degrees.
#[derive(Serialize)]
pub(crate) struct Place {
    #[serde(flatten)]
    pub(crate) address: Address,
    latitude: f64,
    longitude: f64,
}

pub(crate) fn address(rng: &mut Rng) -> Address {
    place(rng).address
}

pub(crate) fn place(rng: &mut Rng) -> Place {
    let (city, state, zip, latitude, longitude) = rng.pick(CITIES);
    let address = Address {
        street: format!("{} {}", 100 + rng.below(9800), rng.pick(&LISTS[3])),
        unit: rng.one_in(5).then(|| format!("#{}", 1 + rng.below(40))),
        city,
        state,
        zip,
        country: "USA",
    };
    let mut degrees =
        |center: i32| f64::from(center + i32::try_from(rng.below(400)).unwrap_or_default() - 200) / 10_000.0;
    Place { latitude: degrees(latitude), longitude: degrees(longitude), address }
}
