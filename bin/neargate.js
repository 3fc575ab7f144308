#!/usr/bin/env node
// Starts the CLI on Node 24 or newer: on this Node when it is new enough, otherwise, in a checkout, on the one that
// the `node` package put beside us.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const REQUIRED_MAJOR = 24
const major = Number(process.versions.node.split('.')[0])

if (major >= REQUIRED_MAJOR) {
  // Compiled code is kept between runs: the program is some hundreds of files.
  nodeModule.enableCompileCache?.()
  const { main } = await import('../dist/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(bundled)) {
    process.stderr.write(
      `error: neargate needs Node ${REQUIRED_MAJOR} or newer; this is ${process.version}.\n` +
        `  With this Node, npm brings a newer one for the program alone:\n` +
        `  npx --yes --package node@${REQUIRED_MAJOR} --package neargate neargate ${process.argv.slice(2).join(' ')}`.trimEnd() +
        `\n`,
    )
    process.exit(1)
  }
  const result = spawnSync(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exit(result.status ?? 1)
}
