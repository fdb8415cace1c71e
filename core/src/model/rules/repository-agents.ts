import type { Rule } from './rule.ts';

/** Agents work on a model's folder before Triton reads the rest of its configuration. */
export const repositoryAgents: Rule = {
  explains: [
    {
      code: 'config/agents-empty',
      severity: 'error',
      means: 'model_repository_agents without an agent ends the whole server: Triton 24.10 dies of it (signal 11).',
      triton: 'Signal (11) received.',
      example: 'model_repository_agents { }',
      fix: 'take it out, or name an agent in it',
    },
    {
      code: 'layout/agent-missing',
      severity: 'error',
      means: 'The target has no repository agent of this name.',
      triton: "unable to find 'libtritonrepoagent_….so' for repo agent '…', searched: …",
      example: 'model_repository_agents { agents { name: "decrypt" } }',
      fix: 'correct the name, or install the agent below --repoagent-directory',
    },
  ],
  *judge({ config, conditions }, pen) {
    const { model_repository_agents: agents } = config;
    if (!agents) return;
    if (!agents.agents?.length) {
      yield pen.at(['model_repository_agents'], 'config/agents-empty', 'model_repository_agents names no agent, and Triton dies of it');
    }
    if (conditions.backends === 'judged') return;
    for (const [index, { name = '' }] of (agents.agents ?? []).entries()) {
      const says = `unable to find 'libtritonrepoagent_${name}.so' for repo agent '${name}'`;
      yield pen.at(['model_repository_agents', 'agents', index, 'name'], 'layout/agent-missing', says);
    }
  },
  *needs({ config, conditions }) {
    if (conditions.backends !== 'judged') return;
    for (const { name = '' } of config.model_repository_agents?.agents ?? [])
      yield `the repository agent "${name}": it works on the model before Triton reads it`;
  },
};
