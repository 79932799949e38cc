// The names that stand in workflows: they must not change.

/** The parameter that holds the optional inputs of an action. */
export const OPTIONAL = 'optionalFields';

/** The parameter that says whether a list becomes one item for each record. */
export const SPLIT = 'splitIntoItems';

/** The group of a list of keys and values. */
export const PAIRS = 'pairs';

/** The inputs of a data source that no other field of the form fills in. */
export const PICKLIST_INPUTS = ['search', 'limit', 'value'];

const word = (label) => label.replace(/[^A-Za-z0-9]/g, '');
const lowerFirst = (text) => text[0].toLowerCase() + text.slice(1);

/** The name of the class of a component's node: `ServiceTitan`. */
export const classOf = (manifest) => word(manifest.label);

/** The type of a component's node: `serviceTitan`. */
export const nodeOf = (manifest) => lowerFirst(classOf(manifest));

/** The class of the node of a component's triggers: `ServiceTitanTrigger`. */
export const triggerClassOf = (manifest) => `${classOf(manifest)}Trigger`;

/** The type of the node of a component's triggers: `serviceTitanTrigger`. */
export const triggerOf = (manifest) => `${nodeOf(manifest)}Trigger`;

/** The class of a component's credentials: `ServiceTitanApi`. */
export const credentialClassOf = (manifest) => `${classOf(manifest)}Api`;

/** The type of a component's credentials: `serviceTitanApi`. */
export const credentialOf = (manifest) => `${nodeOf(manifest)}Api`;
