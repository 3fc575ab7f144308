#!/usr/bin/env node
// Starts the CLI: on this Node when it has what the program takes (22.13 or newer), otherwise, in a checkout, on the one
// that the `node` package put beside us.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

if (nodeModule.isBuiltin('node:sqlite')) {
  // Node 22 says at every start that its SQLite is experimental, which the user of a program can do nothing about.
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is an experimental')) emitWarning.call(process, warning, ...rest)
  }
  // Compiled code is kept between runs: the program is some hundreds of files.
  nodeModule.enableCompileCache?.()
  const { main } = await import('../dist/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(bundled)) {
    const { tooOldNode } = await import('../dist/base/too-old-node.js')
    process.stderr.write(
      `error: ${tooOldNode()}.\n` +
        `  With this Node, npm brings a newer one for the program alone:\n` +
        `  npx --yes --package node@24 --package neargate neargate ${process.argv.slice(2).join(' ')}`.trimEnd() +
        `\n`,
    )
    process.exit(1)
  }
  const result = spawnSync(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exit(result.status ?? 1)
}
