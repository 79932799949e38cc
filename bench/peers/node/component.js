// The component as its users write it with Prismatic's SDK: a connection, and two actions that use its HTTP client.
import http from 'node:http';

import { action, component, input, oauth2Connection, OAuth2Type, util } from '@prismatic-io/spectral';
import { createClient, handleErrors } from '@prismatic-io/spectral/dist/clients/http/index.js';

// Connections are kept, as many as there are calls at a time.
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 });

const text = (label) => ({ label, type: 'string', required: true });

const serviceTitan = oauth2Connection({
  key: 'serviceTitanConnection',
  display: { label: 'ServiceTitan', description: 'An account of ServiceTitan.' },
  oauth2Type: OAuth2Type.ClientCredentials,
  inputs: {
    tenant: text('Tenant'),
    applicationKey: text('Application Key'),
    clientId: text('Client ID'),
    clientSecret: { label: 'Client Secret', type: 'password', required: true },
    environment: text('Environment'),
    tokenUrl: text('Token URL'),
    scopes: { label: 'Scopes', type: 'string' },
  },
});

const inputs = { connection: input({ label: 'Connection', type: 'connection', required: true }) };

const clientOf = ({ fields, token }) => {
  const client = createClient({
    baseUrl: `${process.env.PIPEFIT_API_URL}/jpm/v2/tenant/${fields.tenant}`,
    headers: { Authorization: `Bearer ${token.access_token}`, 'ST-App-Key': fields.applicationKey },
    responseType: 'json',
  });
  client.defaults.httpAgent = agent;
  return client;
};

const getJob = action({
  display: { label: 'Get Job', description: 'Returns a job.' },
  inputs: { ...inputs, jobId: input({ label: 'Job ID', type: 'string', required: true, clean: util.types.toString }) },
  perform: async (_context, { connection, jobId }) => {
    const { data } = await clientOf(connection).get(`/jobs/${jobId}`);
    return { data };
  },
});

const listJobs = action({
  display: { label: 'List Jobs', description: 'Returns all jobs.' },
  inputs: { ...inputs, pageSize: input({ label: 'Page Size', type: 'string', clean: util.types.toInt }) },
  perform: async (_context, { connection, pageSize }) => {
    const client = clientOf(connection);
    const jobs = [];
    for (let page = 1; ; page++) {
      const { data } = await client.get('/jobs', { params: { page, pageSize, sort: '+Id' } });
      for (const job of data.data) jobs.push(job);
      if (!data.hasMore) return { data: jobs };
    }
  },
});

export default component({
  key: 'serviceTitan',
  public: false,
  display: { label: 'ServiceTitan', description: 'Jobs of ServiceTitan.', iconPath: 'icon.png' },
  hooks: { error: handleErrors },
  connections: [serviceTitan],
  actions: { getJob, listJobs },
});

// What the platform does for a connection with client credentials.
export const withToken = async (connection) => {
  const { clientId, clientSecret } = connection.fields;
  const client = createClient({ baseUrl: process.env.PIPEFIT_TOKEN_URL });
  client.defaults.httpAgent = agent;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { data } = await client.post('', new URLSearchParams(form));
  return { ...connection, token: data };
};

// What an action is given beside its inputs.
export const context = { logger: console, debug: { enabled: false }, flow: { id: '', name: '' } };
