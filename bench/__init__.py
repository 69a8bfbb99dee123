"""Speed, measured: one module for each kind of thing, each beside an anchor taken in the same run.

measure      results, the text table and the JSON
machine      what it ran on
node         the Node side: installed from its lock file, or a plain reason why not
credentials  credentials by our own builder, from records that play a passed attempt
rates        issue.rate, verify.rate, verify.proof.rate, verify.foreign.rate
plain        the PyLD side of the rates
startup      cli.help, receive.cold
demo         demo.wall
interop      not a speed: do others' verifiers agree with ours?
"""
