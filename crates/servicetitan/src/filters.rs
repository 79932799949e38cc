//! Filters that several lists have.

use pipefit_component::Filter;

pub(crate) const ACTIVE: Filter = Filter::choice("active", &["True", "Any", "False"]);
pub(crate) const ACTIVE_STATE: Filter = Filter::choice("activeState", &["ActiveOnly", "InactiveOnly", "All"]);
pub(crate) const CREATED_BEFORE: Filter = Filter::timestamp("createdBefore");
pub(crate) const CREATED_ON_OR_AFTER: Filter = Filter::timestamp("createdOnOrAfter");
pub(crate) const CUSTOM_FIELDS: Filter = Filter::named("customField.Fields");
pub(crate) const CUSTOM_FIELD_OPERATOR: Filter = Filter::choice("customField.Operator", &["And", "Or"]);
pub(crate) const EXTERNAL_DATA_APPLICATION_GUID: Filter = Filter::guid("externalDataApplicationGuid");
pub(crate) const EXTERNAL_DATA_KEY: Filter = Filter::text("externalDataKey");
pub(crate) const EXTERNAL_DATA_VALUES: Filter = Filter::text("externalDataValues").joined();
pub(crate) const IDS: Filter = Filter::text("ids").joined();
pub(crate) const MODIFIED_BEFORE: Filter = Filter::timestamp("modifiedBefore");
pub(crate) const MODIFIED_ON_OR_AFTER: Filter = Filter::timestamp("modifiedOnOrAfter");
