import Form, { getDefaultRegistry } from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";
import { ConnectionPicker, FileInput, Picklist, Template } from "./inputs.jsx";

const { fields, templates, widgets } = getDefaultRegistry();

function TextWidget(props) {
  const { dataSource, dataSourceInputs, dataSourceNarrowedBy } = props.options;
  if (dataSource) {
    return <Picklist {...props} source={dataSource} needs={dataSourceInputs} narrowedBy={dataSourceNarrowedBy} />;
  }
  return <widgets.TextWidget {...props} />;
}

function ObjectField(props) {
  if (!props.uiSchema?.["ui:options"]?.file) return <fields.ObjectField {...props} />;
  const { title, description } = props.schema;
  return (
    <label className="file">
      <span>{title}{props.required && " *"}</span>
      <FileInput value={props.formData} onChange={(value) => props.onChange(value, props.fieldPathId.path)} />
      <p>{description}</p>
    </label>
  );
}

function AnyOfField(props) {
  if (!props.uiSchema?.["ui:options"]?.connection) return <fields.AnyOfField {...props} />;
  const errors = props.errorSchema?.__errors ?? [];
  return (
    <>
      <ConnectionPicker value={props.formData} onChange={(value) => props.onChange(value, props.fieldPathId.path)} />
      <ul className="error-detail">{errors.map((error) => <li key={error}>{error}</li>)}</ul>
    </>
  );
}

function DescriptionFieldTemplate(props) {
  const { template } = props.uiSchema?.["ui:options"] ?? {};
  return (
    <>
      <templates.DescriptionFieldTemplate {...props} />
      {template && <Template template={template} />}
    </>
  );
}

/** What a person reads when a value is wrong. */
const inPlainWords = (errors) =>
  errors.map((error) => (error.name === "required" ? { ...error, message: "This is required." } : error));

export function RjsfForm({ form, values, onChange, onSubmit, children }) {
  return (
    <Form
      schema={form.schema}
      uiSchema={{ ...form.rjsf, "ui:title": " ", "ui:description": " " }}
      formData={values}
      validator={validator}
      fields={{ AnyOfField, ObjectField }}
      widgets={{ TextWidget }}
      templates={{ DescriptionFieldTemplate }}
      transformErrors={inPlainWords}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      onError={() => {}}
      onChange={(event) => onChange(event.formData)}
      onSubmit={(event) => onSubmit(event.formData)}
    >
      {children}
    </Form>
  );
}
