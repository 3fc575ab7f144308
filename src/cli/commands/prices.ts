// Owns `neargate prices refresh`: AWS's public price list, brought here for the plans of some regions.
import { existsSync, readFileSync } from 'node:fs'
import { Argument, type Command } from 'commander'

import { writePrivateFile } from '../../base/private-files.ts'
import { createHome, homeAt } from '../../region/home.ts'
import { parsePriceFile } from '../../rules/prices/price-file.ts'
import type { App } from '../app.ts'
import { refreshedPrices } from '../price-sources.ts'
import { AWS_PRICE_LIST, refreshPrices } from '../refresh-prices.ts'

interface PricesFlags {
  readonly region: readonly string[]
  readonly from: string
}

export function registerPrices(program: Command, app: App): void {
  program
    .command('prices')
    .description(
      "bring AWS's public price list here: plans of these regions have today's prices from then on",
    )
    .addArgument(new Argument('<action>', 'what to do').choices(['refresh']))
    .requiredOption('--region <name...>', 'regions to read')
    .option('--from <url>', 'where to read it, for a mirror', AWS_PRICE_LIST)
    .action(async (_: string, { region: regions, from }: PricesFlags) => {
      createHome(homeAt(undefined, app.environment))
      const path = refreshedPrices(app)
      const known = existsSync(path) ? parsePriceFile(readFileSync(path, 'utf8'), path) : {}
      const prices = await refreshPrices({ from, regions, known, onFile: (told) => app.terminal.out(told) })
      writePrivateFile(path, JSON.stringify(prices))
      app.terminal.out(`prices are in ${path}`)
    })
}
