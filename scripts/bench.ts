// Measures what is promised and prints one JSON line a figure. Judges nothing: machines differ.
// Names of benchmarks as arguments run those alone, e.g. `npm run bench scale`.
import { benchApi } from './bench/api.ts'
import { benchAws } from './bench/aws.ts'
import { benchBalancers } from './bench/balancers.ts'
import { benchCli } from './bench/cli.ts'
import { benchEngine } from './bench/engine.ts'
import { benchScale } from './bench/scale.ts'
import { benchStore } from './bench/store.ts'
import { benchUp } from './bench/up.ts'

const benches = {
  store: benchStore,
  network: benchBalancers,
  up: benchUp,
  cli: benchCli,
  engine: benchEngine,
  scale: benchScale,
  api: benchApi,
  aws: benchAws,
}
const wanted = process.argv.slice(2)

for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  try {
    // As they come: a figure of a slow server takes minutes.
    for await (const figure of await bench()) process.stdout.write(`${JSON.stringify(figure)}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ name: bench.name, failed: String(error) })}\n`)
  }
}
