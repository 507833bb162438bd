import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '**/.knative-kafka/', 'contract/generated/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Index signatures are read with brackets (noPropertyAccessFromIndexSignature), so `record['key']` is wanted.
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only main.ts reads the environment.' }],
    },
  },
  { files: ['**/main.ts', 'scripts/**', 'test/**', 'local/**', 'bench/**'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['scripts/**', 'local/**', 'test/e2e/**', 'bench/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.test.ts'], rules: { 'max-lines': 'off' } },
);
