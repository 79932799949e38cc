import { materialCells, materialRenderers } from "@jsonforms/material-renderers";
import { jsonForms } from "./jsonforms-form.jsx";

jsonForms(materialRenderers, materialCells);
