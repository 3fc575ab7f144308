// Measures what is promised and prints one JSON line a figure. Judges nothing: machines differ.
import { benchNetwork } from './bench/network.ts'
import { benchStore } from './bench/store.ts'
import { benchUp } from './bench/up.ts'

for (const bench of [benchStore, benchNetwork, benchUp]) {
  try {
    for (const figure of await bench()) process.stdout.write(`${JSON.stringify(figure)}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ name: bench.name, failed: String(error) })}\n`)
  }
}
