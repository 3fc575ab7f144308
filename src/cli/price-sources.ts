// Owns where a plan's prices come from: the program's table, what `prices refresh` has brought, and files of one's own.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { dataDirectory } from '../base/data-directory.ts'
import { messageOf, UserError } from '../base/errors.ts'
import { priceBook, type PriceBook } from '../rules/prices/price.ts'
import { parsePriceFile, withPriceFiles, type PriceFile } from '../rules/prices/price-file.ts'
import type { App } from './app.ts'

/** The file that `prices refresh` writes. */
export function refreshedPrices({ environment }: Pick<App, 'environment'>): string {
  return join(dataDirectory(undefined, environment), 'prices.json')
}

/** The prices to plan with. @param files over all others, the last one uppermost. @throws UserError for one that is wrong */
export function pricesOf(app: Pick<App, 'environment'>, files: readonly string[] = []): PriceBook {
  const refreshed = refreshedPrices(app)
  const paths = existsSync(refreshed) ? [refreshed, ...files] : files
  return priceBook(withPriceFiles(paths.map(readPriceFile)))
}

function readPriceFile(path: string): PriceFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserError(`prices cannot be read from ${path}: ${messageOf(error)}`, {
      help: 'Give a file as `neargate plan --help` shows one, or leave --prices out for list prices.',
    })
  }
  return parsePriceFile(text, path)
}
