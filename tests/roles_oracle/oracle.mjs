// Cases as JSON on stdin, one answer per case on stdout.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const cases = JSON.parse(readFileSync(0, 'utf8'))
const answers = []
for (const each of cases) {
  const simulation = { serviceControlPolicies: [], resourceControlPolicies: [], ...each }
  const found = await runSimulation(simulation, { simulationMode: 'Strict' })
  answers.push({
    problem: found.resultType === 'single' ? null : (found.errors ?? found.resultType),
    result: found.overallResult ?? null,
    ignored: found.result?.ignoredContextKeys ?? []
  })
}
process.stdout.write(JSON.stringify(answers))
