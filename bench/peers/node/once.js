// `once.js PAGE_SIZE < request.json` runs one action: reads the request, fetches a token, and writes the reply.
import { readFileSync } from 'node:fs';

import serviceTitan, { context, withToken } from './component.js';

const main = async () => {
  const { action, inputs } = JSON.parse(readFileSync(0, 'utf8'));
  const connection = await withToken(inputs.connection);
  const { perform } = serviceTitan.actions[action];
  const { data } = await perform(context, { ...inputs, connection, pageSize: process.argv[2] });
  process.stdout.write(`${JSON.stringify({ data })}\n`);
};

main();
