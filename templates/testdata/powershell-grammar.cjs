// Parses PowerShell files with the grammar of tree-sitter. It prints, separated by tabs,
// what does not fit ("error", file, line, text) and what is called ("call", file, line,
// the command with its parameters). The first argument is the folder of node_modules.
'use strict';

const fs = require('fs');
const path = require('path');
const [folder, ...files] = process.argv.slice(2);
const found = (name) => require.resolve(name, { paths: [folder] });
const { Parser, Language } = require(found('web-tree-sitter'));

const print = (kind, file, node, text) => console.log([kind, path.basename(file), node.startPosition.row + 1, text].join('\t'));

// Commands inside an argument are reported by themselves.
function parameters(node) {
  return node.namedChildren.flatMap((child) => {
    if (child.type === 'command_parameter') return [child.text.replace(/^-|:$/g, '')];
    return child.type === 'command_elements' ? parameters(child) : [];
  });
}

function report(file, node) {
  if (node.isError || node.isMissing) {
    print('error', file, node, JSON.stringify(node.text.slice(0, 60)));
  }
  const name = node.type === 'command' && node.namedChildren.find((child) => child.type === 'command_name');
  if (name) {
    print('call', file, name, [name.text, ...parameters(node)].join(' '));
  }
  node.children.forEach((child) => report(file, child));
}

(async () => {
  await Parser.init();
  const grammar = path.join(path.dirname(found('tree-sitter-powershell/package.json')), 'tree-sitter-powershell.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  for (const file of files) {
    report(file, parser.parse(fs.readFileSync(file, 'utf8')).rootNode);
  }
})();
