// Turns replies into items.

/** Returns the items of a reply. A list that is `split` becomes one for each record. */
export async function itemsOf(context, { data, ...facts }, kind, split) {
  if (kind === 'file') return [await fileOf(context, data)];
  if (kind === 'list' && split) return data.data.map((record) => ({ json: jsonOf(record) }));
  return [{ json: jsonOf(Object.keys(facts).length > 0 ? { data, ...facts } : objectOf(data)) }];
}

function objectOf(data) {
  if (data === undefined || data === null) return { success: true };
  if (typeof data !== 'object' || Array.isArray(data)) return { data };
  return Object.keys(data).length > 0 ? data : { success: true };
}

/** Whole numbers that n8n would round become text. */
export function jsonOf(value) {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, jsonOf(member)]));
}

async function fileOf({ helpers }, { data, ...json }) {
  const binary = await helpers.prepareBinaryData(Buffer.from(data, 'base64'), json.fileName, json.contentType);
  return { json, binary: { data: binary } };
}
