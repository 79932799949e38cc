import { vanillaCells, vanillaRenderers } from "@jsonforms/vanilla-renderers";
import { jsonForms } from "./jsonforms-form.jsx";

jsonForms(vanillaRenderers, vanillaCells);
