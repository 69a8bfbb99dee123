// Verifies every credential of a plan on stdin with @digitalbazaar/vc and its status list checker.
// Answers on stdout: for each name the signature's outcome, the status bit and the reason, if any.
import {readFileSync} from 'node:fs';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {verifyCredential} from '@digitalbazaar/vc';
import {loaderOf} from './documents.js';

const plan = JSON.parse(readFileSync(0, 'utf8'));

async function check({name, credential}) {
  const documentLoader = loaderOf(plan);
  const suite = new DataIntegrityProof({cryptosuite});
  let statusResult;
  const result = await verifyCredential({
    credential, suite, documentLoader, now: plan.now,
    checkStatus: async options => {
      statusResult = await checkStatus(options);
      return statusResult;
    }
  });
  const reason = result.error?.errors?.[0] ?? result.error ?? statusResult?.error;
  return {
    name,
    verified: result.verified,
    // The library says "verified" of a revoked credential too: the bit is what counts.
    revoked: statusResult?.results?.some(({status}) => status === true) ?? null,
    reason: reason ? String(reason).split('\n')[0] : ''
  };
}

const answers = [];
for(const item of plan.credentials) {
  answers.push(await check(item));
}
process.stdout.write(JSON.stringify(answers));
