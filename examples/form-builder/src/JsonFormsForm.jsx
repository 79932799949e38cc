import { isControl, rankWith } from "@jsonforms/core";
import { JsonForms, withJsonFormsControlProps } from "@jsonforms/react";
import { vanillaCells, vanillaRenderers } from "@jsonforms/vanilla-renderers";
import { useState } from "react";
import { ConnectionPicker, FileInput, Picklist } from "./inputs.jsx";
import { ajv } from "./validator.js";

const has = (option) => (uischema) => isControl(uischema) && Boolean(uischema.options?.[option]);

/** A control with one of our inputs in it, looking like those of the library. */
const control = (Input) =>
  withJsonFormsControlProps(({ id, label, required, description, errors, path, data, schema, uischema, handleChange }) => (
    <div className="control" id={id}>
      <label htmlFor={`${id}-input`}>{label}{required && "*"}</label>
      <Input
        id={`${id}-input`}
        value={data}
        onChange={(value) => handleChange(path, value)}
        source={uischema.options.dataSource}
        needs={uischema.options.dataSourceInputs}
        multiple={schema.type === "array"}
      />
      <div className={errors ? "validation validation_error" : "input-description"}>{errors || description}</div>
    </div>
  ));

const renderers = [
  ...vanillaRenderers,
  { tester: rankWith(100, has("dataSource")), renderer: control(Picklist) },
  { tester: rankWith(100, has("connection")), renderer: control(ConnectionPicker) },
  { tester: rankWith(100, has("file")), renderer: control(FileInput) },
];

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
        ajv={ajv}
        validationMode={tried ? "ValidateAndShow" : "ValidateAndHide"}
        onChange={(state) => {
          setErrors(state.errors ?? []);
          onChange(state.data);
        }}
      />
      {children}
    </form>
  );
}
