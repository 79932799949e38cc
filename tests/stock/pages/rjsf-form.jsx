import { createRoot } from "react-dom/client";

const pathOf = ({ property = "" }) => property.replace(/^\./, "").split(/[.[\]]+/).filter(Boolean).map((step) => `/${step}`).join("");

/** Offers `show(schema, uiSchema)` to the tests, and says in `form` what the form shown last holds. */
export function rjsf(Form, validator) {
  const root = createRoot(document.getElementById("app"));
  let shown = 0;
  window.show = (schema, uiSchema) => {
    let shownForm;
    window.form = {
      get data() {
        return shownForm.state.formData;
      },
      get errors() {
        const { errors } = shownForm.validate(shownForm.state.formData, schema);
        return errors.map((error) => ({ path: pathOf(error), message: error.message }));
      },
    };
    shown += 1;
    root.render(
      <div key={shown} data-shown={shown}>
        <Form
          ref={(form) => {
            shownForm = form ?? shownForm;
          }}
          schema={schema}
          uiSchema={uiSchema}
          validator={validator}
          onError={() => {}}
          onSubmit={({ formData }) => {
            window.form.submitted = formData;
          }}
        />
      </div>,
    );
    return shown;
  };
}
