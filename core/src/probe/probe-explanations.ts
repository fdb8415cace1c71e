import type { Explanation } from '../model/rules/rule.ts';

// Why no real server was asked; what has none of these was heard of a tritonserver 2.51.0.
const between = 'it is about what lies between here and the server';
const others = 'it is about what is no Triton';
const bounds = 'it is about the bounds of a probe';

const restricted = "This API is restricted, expecting header '…'";

/** Why a server could not be asked at all: mostly another address is meant. */
const notAskedExplains: readonly Explanation[] = [
  {
    code: 'probe/refused',
    severity: 'error',
    means:
      'Nobody listens at this address and port. Triton opens its ports only when every model of its start has loaded or failed, so one that still loads looks just like one that has ended.',
    example: 'http://localhost:8000  error  probe/refused  nobody listens there',
    fix: 'look whether its process runs, at its log while it loads, and whether this is its --http-port',
  },
  {
    code: 'probe/unreachable',
    severity: 'error',
    means: 'No connection comes about, and the finding says why in the words of the system: mostly there is no way to that host.',
    example: 'http://10.1.2.3:8000  error  probe/unreachable  connect EHOSTUNREACH 10.1.2.3:8000',
    fix: 'look at the address, the network and the firewall between here and there',
    unrefereed: between,
  },
  {
    code: 'probe/no-such-host',
    severity: 'error',
    means: 'Nobody who was asked knows a host of this name, or the resolver does not answer. A name of a cluster is known only inside it.',
    example: 'http://triton.models.svc:8000  error  probe/no-such-host  there is no host triton.models.svc',
    fix: 'correct the name, or probe from inside the cluster; kubectl port-forward brings the port here',
    unrefereed: between,
  },
  {
    code: 'probe/late',
    severity: 'error',
    means:
      'No answer came in the time that the probe may take, or not all of it: the server is stuck, a firewall drops what is sent, or the port is of something that waits for other words. Where only the list of models is late it is a warning.',
    example: 'http://gpu-1:8000  error  probe/late  no whole answer within 5.0 s',
    fix: '--timeout 30s waits longer; else look at the process and its log, and whether this is its --http-port',
    unrefereed: between,
  },
  {
    code: 'probe/not-asked',
    severity: 'error',
    means: 'The time was up, or the probe was interrupted, before this was asked. Nothing is known of it, good or bad.',
    example: 'http://gpu-1:8000  error  probe/not-asked  it was not asked: the time was up',
    fix: '--timeout 30s waits longer',
    unrefereed: bounds,
  },
  {
    code: 'probe/hung-up',
    severity: 'error',
    means:
      'Something took the connection and closed it without an answer. Triton does so while it ends, and whenever its HTTP port is asked by https; a port of TLS that is asked by http often does, too.',
    example: 'https://localhost:8000  error  probe/hung-up  it took the connection and closed it without an answer',
    fix: 'look whether the server was asked to end; else probe the other scheme, http:// or https://',
  },
  {
    code: 'probe/no-tls',
    severity: 'error',
    means: 'The address begins with https, and no TLS is spoken there. Triton itself speaks none over HTTP: only a proxy before it does.',
    example: 'https://localhost:8001  error  probe/no-tls  no TLS is spoken there',
    fix: 'write http:// in place of https://',
  },
  {
    code: 'probe/tls',
    severity: 'error',
    means: 'The address begins with http, and TLS is spoken there: mostly by a proxy that stands before the server.',
    example: 'http://triton.example:443  error  probe/tls  it speaks TLS',
    fix: 'write https:// in place of http://',
    unrefereed: between,
  },
  {
    code: 'probe/certificate',
    severity: 'error',
    means:
      'TLS is spoken there with a certificate that is not trusted here: of an authority that this machine does not know, expired, or made for another name. Nothing was asked.',
    example: 'https://triton.example  error  probe/certificate  its certificate is not trusted: self-signed certificate',
    fix: 'name the authority: NODE_EXTRA_CA_CERTS=ca.pem conch probe URL; one that has expired or is for another name has to be renewed',
    unrefereed: between,
  },
  {
    code: 'probe/not-http',
    severity: 'error',
    means: 'Something answers that is not HTTP: the port is that of another service.',
    example: 'http://gpu-1:22  error  probe/not-http  what answers is not HTTP; it begins with "SSH-2.0-OpenSSH_9.2\\r\\n"',
    fix: "give the address of Triton's --http-port, 8000 unless it was set",
    unrefereed: others,
  },
  {
    code: 'probe/grpc-port',
    severity: 'error',
    means:
      'This is a gRPC port, and conch probe speaks HTTP. Triton takes 8000 for HTTP, 8001 for gRPC and 8002 for metrics unless it is told others.',
    example: 'http://localhost:8001  error  probe/grpc-port  this is a gRPC port',
    fix: 'give the address of its --http-port, one below unless it was set',
  },
  {
    code: 'probe/metrics-port',
    severity: 'error',
    means:
      "This is Triton's metrics port. It answers 200 with an empty page to every GET but that of /metrics, so a health check that is pointed at it always passes.",
    example:
      "http://localhost:8002  error  probe/metrics-port  this is Triton's metrics port\ncurl -i localhost:8002/v2/health/ready  →  HTTP/1.1 200 OK",
    fix: 'give the address of its --http-port, two below unless it was set; correct health checks that ask this one',
  },
  {
    code: 'probe/redirect',
    severity: 'error',
    means:
      'What answers sends elsewhere, most often to a page where people log in. It is not followed, as clients of Triton do not follow it either.',
    example: 'http://triton.example  error  probe/redirect  it sends elsewhere: https://login.example/',
    fix: "probe the server itself, or give what the gate wants: --header 'Authorization: Bearer …'",
    unrefereed: between,
  },
  {
    code: 'probe/forbidden',
    severity: 'error',
    means:
      'Whoever answers tells neither what it is nor how it does without the right header: a gate before the server, or its own --http-restricted-api.',
    triton: restricted,
    example: 'http://triton.example  error  probe/forbidden  it tells us nothing (401): Authorization required',
    fix: "give what it wants: --header 'NAME: VALUE'",
  },
  {
    code: 'probe/proxy',
    severity: 'error',
    means: 'A proxy, an ingress or a load balancer answers with 502, 503 or 504: it finds no server behind it that serves.',
    example: 'http://triton.example  error  probe/proxy  a proxy answers (502): nothing serves behind it',
    fix: 'probe the server itself, past the proxy: one that is not ready gets no requests, and says there why',
    unrefereed: between,
  },
  {
    code: 'probe/not-triton',
    severity: 'error',
    means: 'A web server answers, and GET /v2 gives nothing that a server of the KServe protocol would say of itself.',
    example: 'http://gpu-1:9000  error  probe/not-triton  this is no Triton: GET /v2 gives 404: <html>404 page not found</html>',
    fix: "give the address of Triton's --http-port, with the path in front of /v2 where a proxy adds one",
    unrefereed: others,
  },
];

/** What a server says of itself and its models, or keeps to itself. */
const heardExplains: readonly Explanation[] = [
  {
    code: 'probe/not-live',
    severity: 'error',
    means:
      'The server runs and could not begin, so it is not live and serves nothing. Triton stays like that only with --exit-on-error=false; else it ends.',
    triton: 'Internal: failed to stat file …',
    example: 'tritonserver --model-repository=/mnt/models --exit-on-error=false  # /mnt/models is not mounted',
    fix: 'correct --model-repository, or mount what it names, and start it again; the first errors in its log say what it misses',
  },
  {
    code: 'probe/ending',
    severity: 'error',
    means:
      'The server was asked to end: it finishes what is under way and takes nothing new. A Triton hardly gets to say so: as it ends it closes new connections, which is probe/hung-up.',
    triton: 'Server exiting',
    example: 'http://gpu-1:8000  error  probe/ending  the server is about to end; it finishes what is under way and takes nothing new',
    fix: 'wait for the one that takes its place; where none is to come, look who ended it',
    unrefereed: 'Triton takes no new connection as it ends, so a probe does not hear it',
  },
  {
    code: 'probe/not-ready',
    severity: 'error',
    means:
      'The server says that it is not ready, so load balancers that ask it send it nothing. With strict readiness, its default, one version that failed, loads or unloads is enough, however well the others serve; one whose reason is exactly "unloaded" does not count.',
    example:
      "the server is not ready: model 'bad' version 1 is not, and with strict readiness one is enough, however well the others serve",
    fix: 'mend the models that the other findings name; where none is named, look for "failed to load" and "Poll failed for model directory" in its log; to unload one that failed does not help',
  },
  {
    code: 'probe/ready-all-the-same',
    severity: 'warning',
    means:
      'The server says that it is ready although not every model serves, so load balancers go on sending it requests for those too. Mostly it runs with --strict-readiness=false.',
    example:
      "http://localhost:8000  triton 2.51.0  live, ready\nbad 1  UNAVAILABLE  Internal: ModuleNotFoundError: No module named 'torchy'",
    fix: 'let load balancers ask for the model itself: /v2/models/NAME/ready',
  },
  {
    code: 'probe/model-not-ready',
    severity: 'error',
    means:
      "A version of a model does not serve, for the reason that Triton gives. Of a stack of Python's the innermost place is told, and --output json has all of it.",
    triton: "failed to load '…' version …: …",
    example:
      "model 'bad' version 1 is UNAVAILABLE: Internal: ModuleNotFoundError: No module named 'torchy' (at /models/bad/1/model.py(1): <module>)",
    fix: 'do what the finding says, which goes by the reason; then load the model again, or restart the server',
  },
  {
    code: 'probe/model-moving',
    severity: 'error',
    means: 'A version loads or unloads at this moment. Under strict readiness the whole server is not ready meanwhile.',
    example: "model 'm' version 1 is LOADING; it gives no reason",
    fix: 'wait, and probe again; one that unloads waits for the requests that are under way',
  },
  {
    code: 'probe/version-not-ready',
    severity: 'error',
    means:
      'The index lists a version as READY, and asked by itself it says that it is not. It changed this moment, or an instance of it reports a fault, as backends can since 25.12.',
    triton: 'Model version not ready',
    example: "model 'm' version 1 is READY in the index, and says that it is not ready when it is asked itself",
    fix: 'probe again, then look at its log; a Python model says it in is_ready',
    unrefereed: 'a backend can report a fault only since 25.12',
  },
  {
    code: 'probe/not-loaded',
    severity: 'warning',
    means:
      'The server knows these models by name only: they are not loaded. With --model-control-mode=explicit that is how a model waits; one whose folder or config.pbtxt could not be read looks the same.',
    triton: "Poll failed for model directory '…': …",
    example: 'known by name only, so not loaded: odd',
    fix: 'load those that should serve; where that fails, only the log says why, and conch check says it without a server',
  },
  {
    code: 'probe/no-health',
    severity: 'error',
    means:
      'Whether it is live and ready could not be told: what came is neither 200 nor a no of Triton (400, or 503 as it ends). Its health is kept to itself, or something before it answers.',
    triton: restricted,
    example: "it does not say whether it is healthy: status 403: This API is restricted, expecting header 'x-key'",
    fix: "give what it wants: --header 'NAME: VALUE'; else ask the server itself, past whatever stands before it",
  },
  {
    code: 'probe/no-metadata',
    severity: 'warning',
    means: 'It keeps name, version and extensions to itself. Its health and its models are judged all the same.',
    triton: restricted,
    example: "it does not say what it is: This API is restricted, expecting header 'x-key'",
    fix: "give what it wants: --header 'NAME: VALUE'",
  },
  {
    code: 'probe/index-refused',
    severity: 'warning',
    means:
      'It does not list its models to us, so only its own health is judged. Triton restricts the index together with loading and unloading: one header opens all three.',
    triton: restricted,
    example: "it does not list its models (403): This API is restricted, expecting header 'x-key'",
    fix: "give what it wants: --header 'NAME: VALUE'; or ask for a model by its name: curl URL/v2/models/NAME/ready",
  },
  {
    code: 'probe/no-index',
    severity: 'warning',
    means: 'Its models could not be listed: the index failed, is no list, or is longer than 4 MB. Only its own health is judged.',
    triton: 'failed to stat file …',
    example: 'its models could not be listed: status 500: failed to stat file /models/gone  # a link that leads nowhere',
    fix: 'mend what the status says; meanwhile ask for a model by its name: curl URL/v2/models/NAME/ready',
  },
  {
    code: 'probe/no-repository',
    severity: 'warning',
    means:
      "It is a server of the KServe protocol without Triton's repository extension, so it does not list its models. Its health is all that can be judged.",
    example: 'mlserver has no repository extension, so it does not list its models',
    fix: 'ask for a model by its name: curl URL/v2/models/NAME/ready',
    unrefereed: others,
  },
  {
    code: 'probe/gateway',
    severity: 'warning',
    means: "This is Conch's gateway, and no Triton: it serves models by name and lists none.",
    example: "this is Conch's gateway: it serves models and lists none",
    fix: 'conch status says what it serves; or ask for a model by its name: curl URL/v2/models/NAME/ready',
    unrefereed: others,
  },
  {
    code: 'probe/cut-short',
    severity: 'warning',
    means:
      'Versions that the index lists as READY could not be asked themselves: the time was up, they refused, or their name does not fit into a URL. They are taken for what the index says.',
    example: '7 of the versions that serve could not be asked themselves',
    fix: "--timeout 30s waits longer; where health is restricted, --header 'NAME: VALUE'",
  },
  {
    code: 'probe/cut',
    severity: 'warning',
    means: 'Only the first 2000 lines of its index were read, so what is wrong with later models is not told.',
    example: 'only the first 2000 lines of its index were read',
    fix: 'ask for other models by their names: curl URL/v2/models/NAME/ready',
    unrefereed: bounds,
  },
];

/** Everything that `conch probe` may find. */
export const probeExplanations: readonly Explanation[] = [...notAskedExplains, ...heardExplains];
