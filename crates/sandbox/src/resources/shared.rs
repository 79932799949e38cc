//! Fields that several resources have in the same form.

use serde::Serialize;
use serde_json::{Value, json};

use crate::data::field::{Field, NewRecord, choice, decimal, flag, guid, id, ids, list, moment, object, text};
use crate::data::filter::{Filter, Test, by};
use crate::data::kind::Kind;
use crate::data::references::{CUSTOM_FIELDS, TAG_TYPES};
use crate::data::seed::Seed;

pub(crate) const PRIORITIES: &[&str] = &["Low", "Normal", "High", "Urgent"];
pub(crate) const CUSTOMER_TYPES: &[&str] = &["Residential", "Commercial"];

pub(crate) const ID: Field =
    id("id").initially_of(|new| new.id.into()).sort("Id").filter_by("ids", Test::Ids(50)).seed(&|s| s.keys.id);

pub(crate) const ACTIVE: Field =
    flag("active").initially("true").filter_by("active", Test::Active).seed(&|s| s.keys.active);

pub(crate) const CREATED_ON: Field = moment("createdOn")
    .initially_of(now)
    .sort("CreatedOn")
    .filters(&[by("createdBefore", Test::Before), by("createdOnOrAfter", Test::From)])
    .seed(&|s| s.keys.created);

pub(crate) const MODIFIED_ON: Field = moment("modifiedOn")
    .initially_of(now)
    .sort("ModifiedOn")
    .filters(&[by("modifiedBefore", Test::Before), by("modifiedOnOrAfter", Test::From)])
    .seed(&|s| s.keys.modified);

/// The API user that seeded and new records name as their author.
pub(crate) const CREATED_BY: Field = id("createdById").initially("1088");

pub(crate) const TAGS: Field = ids("tagTypeIds")
    .editable()
    .known(TAG_TYPES)
    .seed(&|s| if s.one_in(3) { vec![s.pick(TAG_TYPES.entries).0] } else { Vec::new() });

/// An address; the list can filter by its parts. An update must say whether there is a unit.
pub(crate) const ADDRESS: &[Field] = &[
    text("street").required().filter_contains(),
    text("unit").optional().required_on_update().filter_contains(),
    text("city").required().filter_contains(),
    text("state").required().filter_contains(),
    text("zip").required().filter_contains(),
    text("country").required().filter_contains(),
    decimal("latitude").optional().filter(),
    decimal("longitude").optional().filter(),
];

/// An object, or the objects of a list, with all the fields that are declared for it.
pub(crate) fn complete(field: &Field, given: &Value) -> Value {
    let whole = |parts: &[Field], given: &Value| -> Value {
        parts.iter().map(|part| (part.name.to_owned(), given[part.name].clone())).collect()
    };
    match (field.kind, given) {
        (Kind::Object(parts), given) => whole(parts, given),
        (Kind::List(Kind::Object(parts)), Value::Array(items)) => items.iter().map(|item| whole(parts, item)).collect(),
        _ => given.clone(),
    }
}

/// A custom field whose value must be given.
pub(crate) const CUSTOM_FIELD: Kind =
    Kind::Object(&[id("typeId").required().known(CUSTOM_FIELDS), text("value").required()]);
/// A custom field whose value may be null.
pub(crate) const OPEN_CUSTOM_FIELD: Kind =
    Kind::Object(&[id("typeId").required().known(CUSTOM_FIELDS), text("value").optional()]);

pub(crate) const fn custom_fields(kind: &'static Kind) -> Field {
    list("customFields", kind).editable().convert(with_names)
}

/// Custom fields as records show them: with the name of their type.
fn with_names(_: &Field, given: &Value) -> Value {
    let shown = |item: &Value| {
        let id = item["typeId"].as_i64().unwrap_or_default();
        let value = item["value"].as_str().unwrap_or_default();
        json!({"typeId": id, "name": CUSTOM_FIELDS.name(id).unwrap_or_default(), "value": value})
    };
    given.as_array().into_iter().flatten().map(shown).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomField {
    type_id: i64,
    name: &'static str,
    value: &'static str,
}

/// One custom field in one of so many records.
pub(crate) fn custom_field(s: &mut Seed<'_>, chances: u32, value: &'static str) -> Vec<CustomField> {
    let (type_id, name) = s.pick(CUSTOM_FIELDS.entries);
    s.one_in(chances).then_some(CustomField { type_id, name, value }).into_iter().collect()
}

const EXTERNAL_FILTERS: &[Filter] = &[
    by("externalDataApplicationGuid", Test::OtherGuid),
    by("externalDataKey", Test::External),
    by("externalDataValues", Test::Other),
];
const EXTERNAL_PAIR: Kind = Kind::Object(&[text("key").required(), text("value").required().clearable()]);
const EXTERNAL: &[Field] = &[
    choice("patchMode", &["Replace", "Merge"]).clearable(),
    guid("applicationGuid").required(),
    list("externalData", &EXTERNAL_PAIR).required(),
];

/// The store keeps it beside the record, for each application.
pub(crate) const EXTERNAL_DATA: Field =
    object("externalData", EXTERNAL).editable().initially("[]").convert(|_, _| json!([])).filters(EXTERNAL_FILTERS);

pub(crate) fn now(new: &NewRecord) -> Value {
    new.now.text().into()
}

pub(crate) fn id_text(new: &NewRecord) -> Value {
    new.id.to_string().into()
}
