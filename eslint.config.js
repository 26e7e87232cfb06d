import js from '@eslint/js';
import ts from 'typescript-eslint';

/**
 * Imports point down only. Each entry says which of the project's own folders the code of a folder must not import;
 * `docs/architecture.md` explains the table.
 */
const forbidden = {
  'runtime/contracts': [
    'runtime/clients',
    'runtime/scoring',
    'runtime/functions',
    'runtime/api',
    'components',
    'infra',
    'local',
  ],
  'runtime/clients': ['runtime/scoring', 'runtime/functions', 'runtime/api', 'components', 'infra', 'local'],
  'runtime/scoring': ['runtime/clients', 'runtime/functions', 'runtime/api', 'components', 'infra', 'local'],
  'runtime/functions': ['runtime/api', 'components', 'infra', 'local'],
  'runtime/api': ['runtime/functions', 'components', 'infra', 'local'],
  components: ['runtime/clients', 'runtime/scoring', 'runtime/functions', 'runtime/api', 'infra', 'local'],
  infra: ['runtime/clients', 'runtime/scoring', 'runtime/functions', 'runtime/api', 'local'],
  local: ['runtime/clients', 'runtime/scoring', 'runtime/functions', 'runtime/api', 'components', 'infra'],
};

const layers = Object.entries(forbidden).map(([folder, below]) => ({
  files: [`${folder}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: below.map((name) => `**/${name}/**`),
            message: `${folder} may not import it (imports point down only).`,
          },
        ],
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['node_modules', 'dist', '.attune', '**/*.mjs'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  ...layers,
);
