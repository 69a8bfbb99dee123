"""Commands that have kinds, of which one is meant when none is named."""

from __future__ import annotations

import click


class OrDefault(click.Group):
    """A group whose first word may be left out: `jobtwin issue …` is `jobtwin issue sign …`."""

    default = "sign"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default's name before arguments that name no kind."""
        known = {*self.commands, *ctx.help_option_names}
        named = bool(args) and args[0] in known
        return super().parse_args(ctx, args if named else [self.default, *args])
