// Signs and verifies with @digitalbazaar/vc, one JSON command a line on stdin, one answer on stdout.
// The first line holds contexts, documents, key, date and credentials; then "issue" and "verify".
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createInterface} from 'node:readline';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {issue, verifyCredential} from '@digitalbazaar/vc';
import {loaderOf} from './documents.js';

let setup;

async function prepare(given) {
  const key = await Ed25519Multikey.generate({
    id: given.key_id, controller: given.controller, seed: Buffer.from(given.seed, 'hex')
  });
  setup = {...given, signer: key.signer(), documentLoader: loaderOf(given)};
  return {ready: true};
}

async function signAll({credentials}) {
  const {documentLoader, now} = setup;
  const proofs = [];
  const begun = process.cpuUsage();
  for(const text of credentials) {
    const suite = new DataIntegrityProof({signer: setup.signer, date: setup.created, cryptosuite});
    const signed = await issue({credential: JSON.parse(text), suite, documentLoader, now});
    proofs.push(signed.proof);
  }
  return {seconds: spent(begun), proofs};
}

async function verifyAll({credentials}) {
  const {documentLoader, now} = setup;
  const outcomes = [];
  const begun = process.cpuUsage();
  for(const text of credentials) {
    const result = await verifyCredential({
      credential: JSON.parse(text), suite: new DataIntegrityProof({cryptosuite}),
      documentLoader, now, checkStatus: async () => ({verified: true})
    });
    outcomes.push(result.verified ? '' : String(result.error?.errors?.[0] ?? result.error));
  }
  return {seconds: spent(begun), outcomes};
}

function spent(begun) {
  const {user, system} = process.cpuUsage(begun);
  return (user + system) / 1e6;
}

const commands = {prepare, issue: signAll, verify: verifyAll};
for await (const line of createInterface({input: process.stdin})) {
  const {command, ...given} = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command](given))}\n`);
}
