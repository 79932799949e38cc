// The n8n node that starts workflows by the triggers of a component.

import { NodeOperationError } from 'n8n-workflow';
import { parse, stringify } from 'pipefit';

import { connectionMethods } from './connection.mjs';
import { nodeErrorOf } from './errors.mjs';
import { readInputs } from './inputs.mjs';
import { jsonOf } from './items.mjs';
import { withPipefit } from './pipefit.mjs';

/** How many changes a test in the editor shows. */
const SHOWN = 10;

/** Returns the class of the node, as n8n loads it. */
export function createTrigger({ component, description, units, connection }) {
  const { connectionOf, testConnection } = connectionMethods(component, connection);

  return class {
    description = description;

    methods = { credentialTest: { testConnection } };

    /** Returns an item for each change since the last poll. n8n keeps the state with the workflow. */
    async poll() {
      const trigger = this.getNodeParameter('event');
      const unit = units[trigger];
      const inputs = await readInputs(unit, (name, fallback) => this.getNodeParameter(name, fallback));
      const memory = this.getWorkflowStaticData('node');
      const watched = watchedBy(this.getNode(), trigger, unit, inputs);
      inputs.connection = await connectionOf(this);
      try {
        const known = memory.watched === watched ? parse(memory.state) : undefined;
        const { items, state } = await pollAll({ component, trigger, inputs, state: known });
        // As text, because n8n would round long ids.
        Object.assign(memory, { watched, state: stringify(state) });
        if (items.length > 0) return [this.getMode() === 'manual' ? items.slice(0, SHOWN) : items];
      } catch (error) {
        throw nodeErrorOf(this.getNode(), error);
      }
      if (this.getMode() === 'manual') throw nothingNew(this.getNode());
      return null;
    }
  };
}

/** What a state is about: with another choice or other credentials, polling begins anew. */
function watchedBy({ credentials }, trigger, { inputs }, values) {
  const accounts = Object.values(credentials).map(({ id }) => id);
  return JSON.stringify([trigger, accounts, inputs.filter(({ choice }) => choice).map(({ key }) => values[key])]);
}

/** Polls until nothing more waits. */
async function pollAll(request) {
  const { data, state, more } = await withPipefit((client) => client.invoke(request));
  const items = Object.entries(data).flatMap(([change, records]) => records.map((record) => itemOf(change, record)));
  if (!more) return { items, state };
  const rest = await pollAll({ ...request, state });
  return { ...rest, items: items.concat(rest.items) };
}

const itemOf = (change, record) => ({ json: { change, record: jsonOf(record) } });

function nothingNew(node) {
  const description = 'A test begins without a state. With a look-back date, it returns what changed since then.';
  return new NodeOperationError(node, 'There is nothing new yet', { description });
}
