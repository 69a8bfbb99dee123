// Signs and verifies compact JWTs with jose: a plan on stdin, the answers on stdout.
import {SignJWT, importJWK, jwtVerify} from 'jose';
import {readFileSync} from 'node:fs';

const plan = JSON.parse(readFileSync(0, 'utf8'));

async function check({name, token}) {
  try {
    // `kid` is the URL of a bare JWK, or a method of the DID document: both are files of the plan.
    await jwtVerify(token, async ({kid}) => importJWK(plan.keys[kid], 'EdDSA'), {
      algorithms: ['EdDSA'], typ: 'JWT', currentDate: new Date(plan.now)
    });
    return {name, verified: true, reason: ''};
  } catch(error) {
    return {name, verified: false, reason: `${error.code}: ${error.message}`};
  }
}

async function sign({name, header, payload}) {
  const key = await importJWK(plan.private_key, 'EdDSA');
  return {name, token: await new SignJWT(payload).setProtectedHeader(header).sign(key)};
}

const answers = [];
for(const item of plan.verify ?? []) {
  answers.push(await check(item));
}
for(const item of plan.sign ?? []) {
  answers.push(await sign(item));
}
process.stdout.write(JSON.stringify(answers));
