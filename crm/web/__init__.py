"""The console's pages of the business and its API, a file each; `rooms` names them all."""
