// Signs one credential with eddsa-jcs-2022 as @digitalbazaar implements it: a plan on stdin, the
// signed credential on stdout.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createSignCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {issue} from '@digitalbazaar/vc';
import {loaderOf} from './documents.js';
import {readFileSync} from 'node:fs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const key = await Ed25519Multikey.generate({
  id: plan.key_id, controller: plan.controller, seed: Buffer.from(plan.seed, 'hex')
});
const suite = new DataIntegrityProof({
  signer: key.signer(), date: plan.created, cryptosuite: createSignCryptosuite()
});
const signed = await issue({
  credential: plan.credential, suite, documentLoader: loaderOf(plan), now: plan.now
});
process.stdout.write(JSON.stringify(signed));
