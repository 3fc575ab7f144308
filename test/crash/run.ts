// Kills a region at random moments of all that it does, and checks that nothing acknowledged is lost, nothing is half
// made or made twice, everything comes to its end, and nothing is left. Needs a build.
// usage: node test/crash/run.ts [--rounds 10] [--seed N]
import { parseArgs } from 'node:util'

import { seeded } from './random.ts'
import { runRound, type Campaign } from './round.ts'
import { Victim } from './victim.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, seed: { type: 'string' } },
})
const rounds = Number(values.rounds)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))

const campaign: Campaign = {
  victim: new Victim(),
  random: seeded(seed),
  accounts: [],
  kills: { start: 0, up: 0, writes: 0, down: 0 },
  // First guesses, in milliseconds; measured from then on. Writers go on for as long as this says.
  lastsMs: { start: 500, up: 4_000, writes: 1_500, down: 2_000 },
}

function summary(): string {
  const { kills, accounts } = campaign
  const ledgers = accounts.flatMap((account) => account.ledgers)
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
  const parts = Object.entries(kills).map(([moment, count]) => `${count} in ${moment}`)
  const acknowledged = sum(ledgers.map((ledger) => ledger.acknowledged))
  const unanswered = sum(ledgers.map((ledger) => ledger.unanswered))
  const seconds = (performance.now() / 1000).toFixed(0)
  return `${sum(Object.values(kills))} kills (${parts.join(', ')}), ${acknowledged} writes acknowledged, ${unanswered} unanswered; seed ${seed}, ${seconds} s`
}

async function main(): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    try {
      await runRound(campaign, `crash-${seed}-${round}`)
    } catch (error) {
      console.error(
        `crash campaign: round ${round} failed\n${error instanceof Error ? error.stack : String(error)}`,
      )
      console.error(`after ${summary()}`)
      console.error(
        `replay: npm run test:crash -- --seed ${seed} --rounds ${round}; data in ${campaign.victim.home}`,
      )
      await campaign.victim.kill()
      process.exitCode = 1
      return
    }
  }
  campaign.victim.dispose()
  console.log(`crash campaign: ${rounds} rounds, nothing lost, half made, made twice or left: ${summary()}`)
}

await main()
