// Verifies every credential of a plan on stdin with DCC's verifier-core, the way VerifierPlus does.
// It fetches what it needs: here from the plan's files only, whatever else it asks for is not found.
import {readFileSync} from 'node:fs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const missing = new Set();

globalThis.fetch = async input => {
  const url = typeof input === 'string' ? input : input.url;
  const document = plan.documents[url] ?? plan.contexts[url];
  if(document === undefined) {
    missing.add(url);
    return new Response('', {status: 404});
  }
  return new Response(JSON.stringify(document), {headers: {'content-type': 'application/json'}});
};
// Its schema check talks on stdout, which is the answer's place here.
console.log = console.error = () => {};

const {verifyCredential} = await import('@digitalcredentials/verifier-core');

async function check({name, credential}) {
  const {errors, log} = await verifyCredential({credential, knownDIDRegistries: []});
  const steps = Object.fromEntries((log ?? []).map(step => [step.id, step]));
  const failed = ['valid_signature', 'expiration'].filter(id => steps[id]?.valid !== true);
  const status = steps.revocation_status;
  const reason = errors?.[0] ?? status?.error;
  return {
    name,
    verified: !reason && failed.length === 0,
    revoked: status?.valid === false,
    reason: reason ? `${reason.name}: ${String(reason.message).split('\n')[0]}` : failed.join(', ')
  };
}

const answers = [];
for(const item of plan.credentials) {
  answers.push(await check(item));
}
process.stdout.write(JSON.stringify(answers));
