// Fills lists from data sources.

import { plain } from './inputs.mjs';
import { OPTIONAL } from './names.mjs';
import { withPipefit } from './pipefit.mjs';

/** How many choices a list shows that can be searched. */
const SHOWN = '100';

/** Returns the methods that fill lists, by the keys of the data sources. */
export function choiceMethods(sources, units, connectionOf) {
  const read = async (context, source, narrowing) => {
    const connection = await connectionOf(context);
    const inputs = { connection, ...formInputs(context, source, sources[source], units), ...narrowing };
    const { result } = await withPipefit((client) => client.dataSource(source, inputs));
    return result.map(({ key, label }) => ({ name: label, value: key }));
  };
  const methods = (method) => Object.fromEntries(Object.keys(sources).map((source) => [source, method(source)]));
  return {
    loadOptions: methods(
      (source) =>
        async function () {
          return read(this, source, {});
        },
    ),
    listSearch: methods(
      (source) =>
        async function (search) {
          return { results: await read(this, source, { search: search ?? '', limit: SHOWN }) };
        },
    ),
  };
}

/** Returns the values of the other fields that narrow the data source. */
function formInputs(context, source, keys, units) {
  const unit = units[context.getCurrentNodeParameter('operation')];
  const narrowing = unit.inputs.filter(({ dataSource }) => dataSource === source).flatMap(({ dependsOn }) => dependsOn);
  const value = (key) => context.getCurrentNodeParameter(key) ?? context.getCurrentNodeParameter(`${OPTIONAL}.${key}`);
  const used = keys.filter((key) => narrowing.includes(key));
  return Object.fromEntries(used.map((key) => [key, plain(value(key) ?? '')]));
}
