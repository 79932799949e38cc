import { isControl, rankWith, schemaMatches } from "@jsonforms/core";
import { JsonForms, withJsonFormsControlProps } from "@jsonforms/react";
import { vanillaCells, vanillaRenderers } from "@jsonforms/vanilla-renderers";
import { useState } from "react";
import { ConnectionPicker, FileInput, Picklist } from "./inputs.jsx";

const has = (option) => (uischema) => isControl(uischema) && Boolean(uischema.options?.[option]);

/** A file is a group of its parts, where nobody reads one. */
const asksForFile = (uischema) => Boolean(uischema.options?.file);

/** A control with one of our inputs in it, looking like those of the library. */
const control = (Input) =>
  withJsonFormsControlProps(({ id, label, required, description, errors, path, data, schema, uischema, handleChange }) => (
    <div className="control" id={id}>
      <label htmlFor={`${id}-input`}>{label}{required && "*"}</label>
      <Input
        id={`${id}-input`}
        value={data}
        onChange={(value) => handleChange(path, value)}
        source={uischema.options?.dataSource}
        needs={uischema.options?.dataSourceInputs}
        narrowedBy={uischema.options?.dataSourceNarrowedBy}
        multiple={[schema.type].flat().includes("array")}
      />
      <div className={errors ? "validation validation_error" : "input-description"}>{errors || description}</div>
    </div>
  ));

/** A value of any type is entered as text, which the runner reads as JSON where it is. */
const isAnything = schemaMatches((schema) => Boolean(schema.anyOf));

const AnyControl = control(({ id, value, onChange }) => (
  <textarea id={id} value={typeof value === "string" || !value ? (value ?? "") : JSON.stringify(value)} onChange={(event) => onChange(event.target.value || undefined)} />
));

const renderers = [
  ...vanillaRenderers,
  { tester: rankWith(50, isAnything), renderer: AnyControl },
  { tester: rankWith(100, has("dataSource")), renderer: control(Picklist) },
  { tester: rankWith(100, has("connection")), renderer: control(ConnectionPicker) },
  { tester: rankWith(100, asksForFile), renderer: control(FileInput) },
];

/** An error with the place that it is about: that of a whole group has no control to stand at. */
function told({ instancePath, keyword, message, params }) {
  const path = keyword === "required" ? `${instancePath}/${params.missingProperty}` : instancePath;
  const place = path.split("/").filter(Boolean).join(" › ");
  return `${place}: ${keyword === "required" ? "This is required." : message}`;
}

export function JsonFormsForm({ form, values, onChange, onSubmit, children }) {
  const [errors, setErrors] = useState([]);
  const [tried, setTried] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    setTried(true);
    if (errors.length === 0) onSubmit(values);
  };
  return (
    <form className="jsonforms" onSubmit={submit} noValidate>
      <JsonForms
        schema={form.schema}
        uischema={form.jsonForms}
        data={values}
        renderers={renderers}
        cells={vanillaCells}
        validationMode={tried ? "ValidateAndShow" : "ValidateAndHide"}
        onChange={(state) => {
          setErrors(state.errors ?? []);
          onChange(state.data);
        }}
      />
      {tried && errors.length > 0 && (
        <ul className="validation_error" role="alert">
          {errors.map((error) => <li key={error.schemaPath + error.instancePath}>{told(error)}</li>)}
        </ul>
      )}
      {children}
    </form>
  );
}
