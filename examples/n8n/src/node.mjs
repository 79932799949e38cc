// The n8n node that runs the actions of a component.

import { choiceMethods } from './choices.mjs';
import { connectionMethods } from './connection.mjs';
import { errorItemOf, nodeErrorOf } from './errors.mjs';
import { readInputs } from './inputs.mjs';
import { itemsOf } from './items.mjs';
import { OPTIONAL, SPLIT } from './names.mjs';
import { withPipefit } from './pipefit.mjs';

/** Returns the class of the node, as n8n loads it. */
export function createNode({ component, description, units, sources, connection }) {
  const { connectionOf, testConnection } = connectionMethods(component, connection);

  async function run(context, action, unit, itemIndex) {
    const field = (name, fallback) => context.getNodeParameter(name, itemIndex, fallback);
    const inputs = await readInputs(unit, field, (name) => readFile(context, name, itemIndex));
    inputs.connection = await connectionOf(context, itemIndex);
    const options = { signal: context.getExecutionCancelSignal() };
    return withPipefit((client) => client.invoke({ component, action, inputs }, options));
  }

  return class {
    description = description;

    methods = { ...choiceMethods(sources, units, connectionOf), credentialTest: { testConnection } };

    async execute() {
      const action = this.getNodeParameter('operation', 0);
      const unit = units[action];
      const send = (itemIndex) => run(this, action, unit, itemIndex);
      const sendOnce = unit.writes ? once(this, send) : send;
      const items = [];
      for (const itemIndex of this.getInputData().keys()) {
        const pairedItem = { item: itemIndex };
        try {
          const split = this.getNodeParameter(`${OPTIONAL}.${SPLIT}`, itemIndex, true);
          const made = await itemsOf(this, await sendOnce(itemIndex), unit.reply, split);
          items.push(...made.map((item) => ({ ...item, pairedItem })));
        } catch (error) {
          if (!this.continueOnFail()) throw nodeErrorOf(this.getNode(), error, itemIndex);
          items.push({ json: errorItemOf(error), pairedItem });
        }
      }
      return [items];
    }
  };
}

async function readFile({ helpers }, name, itemIndex) {
  const { mimeType, fileName } = helpers.assertBinaryData(itemIndex, name);
  const bytes = await helpers.getBinaryDataBuffer(itemIndex, name);
  return { data: bytes.toString('base64'), contentType: mimeType, fileName };
}

/** What became of the writes of an execution of a node, by item. n8n's "Retry On Fail" runs the node again with it. */
const outcomes = new WeakMap();

/** Sends what was not sent in an earlier try, or failed in it so that it can be repeated without harm. */
function once(context, send) {
  const execution = context.getExecuteData();
  if (!outcomes.has(execution)) outcomes.set(execution, new Map());
  const known = outcomes.get(execution);
  return (itemIndex) => {
    if (!known.has(itemIndex)) {
      const reply = send(itemIndex);
      known.set(itemIndex, reply);
      reply.catch((error) => error.retryable === false || known.delete(itemIndex));
    }
    return known.get(itemIndex);
  };
}
