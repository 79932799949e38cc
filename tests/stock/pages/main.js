// Loads the library that the address names: `/?rjsf-mui`.
const pages = import.meta.glob(["./rjsf.jsx", "./rjsf-mui.jsx", "./jsonforms.jsx", "./jsonforms-material.jsx"]);
await pages[`./${location.search.slice(1)}.jsx`]();
