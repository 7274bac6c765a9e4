using Spectre.Console;
using Spectre.Console.Rendering;

namespace Vaal.Cli.Terminal;

/// <summary>A column of the live progress: a text of the task, on one line, cut where the terminal ends.</summary>
internal sealed class LiveText(Func<ProgressTask, string> text) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(text(task)) { Overflow = Overflow.Ellipsis };
}
