// The n8n node of a component.

import { choiceMethods } from './choices.mjs';
import { errorItemOf, nodeErrorOf } from './errors.mjs';
import { readInputs } from './inputs.mjs';
import { itemsOf } from './items.mjs';
import { OPTIONAL, SPLIT } from './names.mjs';
import { withPipefit } from './pipefit.mjs';

/** Returns the class of the node, as n8n loads it. */
export function createNode({ component, description, units, sources, credential, connection }) {
  const connectionFrom = (fields) => ({
    key: connection.key,
    fields: Object.fromEntries(connection.fields.map((key) => [key, fields[key]])),
  });
  const connectionOf = async (context, itemIndex) => connectionFrom(await context.getCredentials(credential, itemIndex));

  async function run(context, action, unit, itemIndex) {
    const inputs = { ...(await readInputs(context, unit, itemIndex)), connection: await connectionOf(context, itemIndex) };
    const options = { signal: context.getExecutionCancelSignal() };
    return withPipefit((client) => client.invoke({ component, action, inputs }, options));
  }

  return class {
    description = description;

    methods = {
      ...choiceMethods(sources, units, connectionOf),
      credentialTest: {
        async testConnection({ data }) {
          return testOf(() => withPipefit((client) => client.testConnection(connectionFrom(data), { component })));
        },
      },
    };

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

async function testOf(test) {
  try {
    const { ok, findings } = await test();
    const failed = findings.find(({ status }) => status === 'failed');
    if (ok || !failed) return { status: 'OK', message: 'The connection works' };
    return { status: 'Error', message: `${failed.label}: ${failed.message}. ${failed.remedy ?? ''}`.trim() };
  } catch (error) {
    return { status: 'Error', message: error.message };
  }
}
