//! What the declaration of a resource needs.

pub(crate) use inventory::submit;
pub(crate) use serde_json::{Value, json};

pub(crate) use super::call::{Call, Reply, named};
pub(crate) use super::endpoint::{Endpoint, Resource};
pub(crate) use super::shared::{
    ACTIVE, ADDRESS, CREATED_BY, CREATED_ON, EXTERNAL_DATA, ID, MODIFIED_ON, TAGS, custom_field, custom_fields,
    id_text, now,
};
pub(crate) use crate::data::clock::{Day, Timestamp};
pub(crate) use crate::data::field::{
    Field, choice, day, decimal, flag, id, ids, list, moment, object, suggested, text,
};
pub(crate) use crate::data::filter::{Filter, Ids, Test, Through, by};
pub(crate) use crate::data::json::{
    Money, MoneyText, Named, Object, cents, decimal as decimal_text, id_of, ids_of, items_of, set, text_of, value_of,
};
pub(crate) use crate::data::kind::Kind;
pub(crate) use crate::data::references::*;
pub(crate) use crate::data::row::Row;
pub(crate) use crate::data::seed::Seed;
pub(crate) use crate::data::seed_data::SeedData;
pub(crate) use crate::data::store::Store;
pub(crate) use crate::data::table::{ABOVE_DOUBLE, DOCUMENTED, Size, Table};
pub(crate) use crate::data::words;
pub(crate) use crate::lists::{LIST, Parent, parse_flag, parse_id};
pub(crate) use crate::problem::Problem;
pub(crate) use crate::query::Query;
