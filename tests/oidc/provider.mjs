// A real issuer of OpenID Connect (npm oidc-provider) on loopback, for tests. Prints its address once it listens.
// Its clients are people for the purpose: what a client's name says is what its tokens claim.
// The first argument is the folder that has node_modules.

import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { generateKeyPairSync } from "node:crypto";

// What it warns of is for those who serve people: nothing but the address goes to standard output.
console.info = console.warn = () => {};
const require = createRequire(process.argv[2] + "/");
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const key = (kid, alg, type, options) => {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
};
const people = {
  anna: { groups: ["kith-analysts", "everybody"], office: { region: "north" } },
  stella: { groups: ["kith-stewards"] },
  nobody: { groups: ["everybody"] },
  mallory: { groups: ["kith-analysts", "owner"], roles: ["owner"] },
};
const algorithms = { anna: "RS256", stella: "ES256", nobody: "RS256", mallory: "PS256" };

// The port is known before the issuer is made: it is a part of its name.
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let asked = 0;
  const provider = new Provider(issuer, {
    jwks: {
      keys: [
        key("rsa", "RS256", "rsa", { modulusLength: 2048 }),
        key("pss", "PS256", "rsa", { modulusLength: 2048 }),
        key("ec", "ES256", "ec", { namedCurve: "P-256" }),
      ],
    },
    clients: Object.keys(people).map((client_id) => ({
      client_id,
      client_secret: "a secret of the test",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    })),
    extraTokenClaims: (_, token) => people[token.clientId],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource, client) => ({
          scope: "",
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: algorithms[client.clientId] } },
        }),
      },
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.url === "/asked") return response.end(String(asked));
    if (request.url === "/jwks") asked += 1;
    answer(request, response);
  });
  console.log(issuer);
});
