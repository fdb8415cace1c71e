/** What editors, systems and tools leave behind. A .pyc is among them: Python would run it in the place of the file that was reviewed. */
export const leftovers =
  /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\.git|\.gitignore|\.gitattributes|__pycache__|\.ipynb_checkpoints|\.idea|\.vscode)(\/|$)|~$|\.(swp|swo|pyc|tmp|bak|orig)$/;
