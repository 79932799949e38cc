import { createDefaultValue } from "@jsonforms/core";
import { JsonForms } from "@jsonforms/react";
import { createRoot } from "react-dom/client";

/** What the errors are about, as a path: `/appointments/0/start`. */
const pathOf = ({ instancePath, keyword, params }) =>
  keyword === "required" ? `${instancePath}/${params.missingProperty}` : instancePath;

/** Offers `show(schema, uiSchema)` to the tests, and says in `form` what the form shown last holds. */
export function jsonForms(renderers, cells) {
  const root = createRoot(document.getElementById("app"));
  let shown = 0;
  window.show = (schema, uischema) => {
    // The library leaves it to the page to begin with the defaults, and has this function for it.
    const data = createDefaultValue(schema, schema);
    window.form = { data, errors: [] };
    const changed = ({ data, errors }) => {
      window.form.data = data;
      window.form.errors = errors.map((error) => ({ path: pathOf(error), message: error.message }));
    };
    const submitted = (event) => {
      event.preventDefault();
      if (window.form.errors.length === 0) window.form.submitted = window.form.data;
    };
    shown += 1;
    root.render(
      <form key={shown} data-shown={shown} onSubmit={submitted}>
        <JsonForms schema={schema} uischema={uischema} data={data} renderers={renderers} cells={cells} onChange={changed} />
        <button type="submit">Submit</button>
      </form>,
    );
    return shown;
  };
}
