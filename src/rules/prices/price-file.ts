// Owns price files: figures of one's own, or of a fresh list, laid over those that come with the program. Pure.
import { UserError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { bundledFigures, type Figures } from './price.ts'

/** What a price file may say: figures in the form of data/prices.json, and factors for what one pays less for. */
export type PriceFile = Partial<Figures> & {
  /** `{ "ec2": 0.7, "fargate": 0.8 }`: a Savings Plan, or what was agreed on. */
  readonly multiply?: Readonly<Partial<Record<'ec2' | 'fargate' | 'loadBalancers', number>>>
}

const FACTORS = ['ec2', 'fargate', 'loadBalancers']
const PLANS = ['ec2', 'fargate']

const TABLES = [
  'clusterHour',
  'fargate',
  'ec2Hour',
  'clbHour',
  'nlbHour',
  'albHour',
  'natHour',
  'gp3GbMonth',
] as const

/** Reads a price file. @throws UserError that names what is wrong */
export function parsePriceFile(text: string, path: string): PriceFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is no JSON: ${Error.isError(error) ? error.message : ''}`)
  }
  if (!isObject(value))
    throw new UserError(`${path} holds no object`, { help: 'Its form is that of data/prices.json.' })
  const known: readonly string[] = [...TABLES, 'sources', 'note', 'multiply', 'savingsPlans', 'etags']
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new UserError(`${path} has a member ${unknown}`, { help: `It may have: ${known.join(', ')}.` })
  }
  for (const table of [...TABLES, 'sources', 'multiply', 'savingsPlans']) {
    if (value[table] !== undefined && !isObject(value[table]))
      throw new UserError(`${path}: ${table} is no object`)
  }
  for (const [name, factor] of Object.entries(value['multiply'] ?? {})) {
    const isOne = FACTORS.includes(name) && typeof factor === 'number' && factor >= 0
    if (!isOne)
      throw new UserError(`${path}: multiply.${name} is no factor`, {
        help: 'For example: { "multiply": { "ec2": 0.7 } }',
      })
  }
  for (const [name, share] of Object.entries(value['savingsPlans'] ?? {})) {
    const isShare = PLANS.includes(name) && typeof share === 'number' && share >= 0 && share < 1
    if (!isShare)
      throw new UserError(`${path}: savingsPlans.${name} is no share below 1`, {
        help: 'For example, for 28 % less than On-Demand: { "savingsPlans": { "ec2": 0.28 } }',
      })
  }
  // What the tables hold is looked at where a figure is used: one that is no number is no price.
  return value as PriceFile
}

/** The figures of the program with those of files over them, the last one uppermost. */
export function withPriceFiles(files: readonly PriceFile[], base: Figures = bundledFigures): Figures {
  return files.reduce((figures, file) => scaled(merged(figures, file), file.multiply ?? {}), base)
}

function merged(base: Figures, file: PriceFile): Figures {
  const ec2Hour = { ...base.ec2Hour }
  for (const [region, types] of Object.entries(file.ec2Hour ?? {}))
    ec2Hour[region] = { ...ec2Hour[region], ...types }
  return {
    sources: { ...base.sources, ...file.sources },
    clusterHour: { ...base.clusterHour, ...file.clusterHour },
    fargate: { ...base.fargate, ...file.fargate },
    ec2Hour,
    ...(base.ec2Factor === undefined ? {} : { ec2Factor: base.ec2Factor }),
    savingsPlans: { ...base.savingsPlans, ...file.savingsPlans },
    clbHour: { ...base.clbHour, ...file.clbHour },
    nlbHour: { ...base.nlbHour, ...file.nlbHour },
    albHour: { ...base.albHour, ...file.albHour },
    natHour: { ...base.natHour, ...file.natHour },
    gp3GbMonth: { ...base.gp3GbMonth, ...file.gp3GbMonth },
  }
}

type Entry = readonly [number, string]

function scaled(
  figures: Figures,
  { ec2 = 1, fargate = 1, loadBalancers = 1 }: NonNullable<PriceFile['multiply']>,
): Figures {
  const by = (factor: number) => (table: Readonly<Record<string, Entry>>) =>
    mapped(table, ([usd, source]): Entry => [usd * factor, source])
  return {
    ...figures,
    fargate: mapped(figures.fargate, (rate) => ({
      ...rate,
      vcpuHour: rate.vcpuHour * fargate,
      gbHour: rate.gbHour * fargate,
      ...(rate.storageGbHour === undefined ? {} : { storageGbHour: rate.storageGbHour * fargate }),
    })),
    ec2Hour: mapped(figures.ec2Hour, by(ec2)),
    ec2Factor: (figures.ec2Factor ?? 1) * ec2,
    clbHour: by(loadBalancers)(figures.clbHour),
    nlbHour: by(loadBalancers)(figures.nlbHour),
    albHour: by(loadBalancers)(figures.albHour),
  }
}

function mapped<T, U>(table: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value)]))
}
