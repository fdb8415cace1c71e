/** tritonserver's flags that mean something here, and what; all others are taken, and named in the log as ignored. */
export const honouredFlags: readonly { readonly name: string; readonly says: string }[] = [
  { name: 'model-repository', says: 'Folder of a model repository; may be given several times' },
  { name: 'model-store', says: 'Older name of --model-repository' },
  {
    name: 'model-control-mode',
    says: 'none (all models, at the start), poll, or explicit (by the load and unload of the protocol) (none)',
  },
  { name: 'load-model', says: 'Model to load at the start in mode explicit; may be given several times; * alone is all' },
  { name: 'model-load-retry-count', says: 'How often a load that fails is tried again at once (0)' },
  { name: 'repository-poll-secs', says: 'How often mode poll looks for changes; 0 is never (15)' },
  { name: 'exit-on-error', says: 'End when a model does not load at the start (true)' },
  { name: 'strict-readiness', says: 'Ready only when every model is (true)' },
  { name: 'disable-auto-complete-config', says: 'Take config.pbtxt as it stands' },
  { name: 'strict-model-config', says: 'Older form of --disable-auto-complete-config' },
  { name: 'model-config-name', says: 'Use configs/<name>.pbtxt of a model where it has one' },
  { name: 'model-namespacing', says: 'Each repository is a namespace: models of one name may stand in several (false)' },
  { name: 'backend-config', says: 'Of its settings default-max-batch-size counts' },
  { name: 'repoagent-directory', says: 'Where a repository agent is missed: there are none, and models that name one are refused' },
  { name: 'id', says: 'Name of the server in its metadata (conch-embedded)' },
  { name: 'allow-http', says: 'Serve HTTP (true)' },
  { name: 'http-port', says: 'Port of HTTP (8000)' },
  { name: 'http-address', says: 'Address of HTTP (0.0.0.0)' },
  { name: 'reuse-http-port', says: 'Share the port of HTTP with other servers that do the same (false)' },
  { name: 'http-max-input-size', says: 'Largest request body, also when decompressed, in bytes (67108864)' },
  { name: 'http-header-forward-pattern', says: 'Headers that become parameters of inferences' },
  { name: 'http-restricted-api', says: '<api>[,<api>...]:<header>=<value>: what needs that header' },
  { name: 'allow-grpc', says: 'Serve gRPC (true)' },
  { name: 'grpc-port', says: 'Port of gRPC (8001)' },
  { name: 'grpc-address', says: 'Address of gRPC (0.0.0.0)' },
  { name: 'reuse-grpc-port', says: 'Share the port of gRPC with other servers that do the same (false)' },
  { name: 'grpc-use-ssl', says: 'Serve gRPC over TLS (false)' },
  { name: 'grpc-use-ssl-mutual', says: 'The same, and clients have to show a certificate (false)' },
  { name: 'grpc-server-cert', says: 'PEM file with the certificate of the server' },
  { name: 'grpc-server-key', says: 'PEM file with its key' },
  { name: 'grpc-root-cert', says: 'PEM file with the root that the certificates of clients come from' },
  { name: 'grpc-keepalive-time', says: 'How often a client with calls under way is pinged, in ms (7200000)' },
  { name: 'grpc-keepalive-timeout', says: 'How long its answer may take, in ms (20000)' },
  { name: 'grpc-keepalive-permit-without-calls', says: 'Pings are sent and borne without calls too (false)' },
  { name: 'grpc-http2-min-recv-ping-interval-without-data', says: 'A ping that comes sooner than this, in ms, is one too many (300000)' },
  { name: 'grpc-http2-max-ping-strikes', says: 'How many such pings are borne before the connection ends; 0 is all (2)' },
  { name: 'grpc-max-connection-age', says: 'When a connection is told to go away, in ms; never when not given' },
  { name: 'grpc-max-connection-age-grace', says: 'How long its calls may take then, in ms; for ever when not given' },
  { name: 'grpc-header-forward-pattern', says: 'Metadata that become parameters of inferences' },
  { name: 'grpc-restricted-protocol', says: '<protocol>[,<protocol>...]:<key>=<value>: what needs that metadata' },
  { name: 'grpc-infer-response-compression-level', says: 'none, low, medium or high (none)' },
  { name: 'allow-metrics', says: 'Serve metrics (true)' },
  { name: 'allow-cpu-metrics', says: 'With those of the processor and its memory (true)' },
  { name: 'allow-gpu-metrics', says: 'Changes nothing: there are none' },
  { name: 'metrics-port', says: 'Port of the metrics (8002)' },
  { name: 'metrics-address', says: 'Address of the metrics (that of HTTP)' },
  { name: 'metrics-config', says: 'counter_latencies, summary_latencies, summary_quantiles; histograms are of later servers' },
  { name: 'cache-config', says: 'local,size=<bytes>: cache answers of models that ask for it' },
  { name: 'response-cache-byte-size', says: 'Older form of --cache-config' },
  { name: 'rate-limit', says: 'off or execution_count (off)' },
  { name: 'rate-limit-resource', says: '<name>:<count>[:<device>]' },
  { name: 'trace-config', says: 'level, rate, count, triton,file and triton,log-frequency; traces are not sent to OpenTelemetry' },
  { name: 'trace-file', says: 'Older form of --trace-config triton,file; so are the next ones of its other settings' },
  { name: 'trace-level', says: 'OFF, TIMESTAMPS or TENSORS; may be given several times (OFF)' },
  { name: 'trace-rate', says: 'Every which request is traced (1000)' },
  { name: 'trace-count', says: 'How many are traced; -1 is no end (-1)' },
  { name: 'trace-log-frequency', says: 'How many traces a numbered file has; 0 is all in one (0)' },
  { name: 'log-file', says: 'Where the log goes; stderr when not given' },
  { name: 'log-info', says: 'Write lines of that level (true)' },
  { name: 'log-warning', says: 'Write lines of that level (true)' },
  { name: 'log-error', says: 'Write lines of that level (true)' },
  { name: 'log-verbose', says: 'Level that GET /v2/logging tells; there are no such lines (0)' },
  { name: 'log-format', says: 'default or ISO8601 (default)' },
  { name: 'exit-timeout-secs', says: 'How long requests under way may take after SIGTERM (30)' },
];

const ownFlags: readonly { readonly name: string; readonly says: string }[] = [
  {
    name: 'simulated-gpus',
    says: '<count>[:<GiB>]: metrics of GPUs that are not there, named GPU-simulated-0 and so on, to rehearse with',
  },
  { name: 'exit-with-parent', says: 'End when stdin closes, so that nothing is left when the parent is killed (false)' },
  { name: 'admin-port', says: 'Loopback port that takes faults on purpose, for tests and drills; none when not given' },
  { name: 'faults', says: 'With --admin-port: faults in force from the start, as PUT /faults takes them' },
];

export function helpText(): string {
  const lines = (flags: typeof honouredFlags): string => flags.map(({ name, says }) => `  --${name}\n        ${says}`).join('\n');
  return (
    'Usage: conch runtime run --model-repository=FOLDER [options]\n\n' +
    "Serves ONNX models and ensembles of them on this machine's CPU as tritonserver 2.51 would. For rehearsal.\n\n" +
    `${lines(honouredFlags)}\n\nNot of tritonserver:\n${lines(ownFlags)}\n`
  );
}
