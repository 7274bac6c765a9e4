using System.Text;

namespace Vaal.Cli.Terminal;

/// <summary>Hands text on as <see cref="Visible"/> shows it.</summary>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void Write(string? value) => inner.Write(Visible.Text(value ?? ""));

    // in one piece: two threads may write at once
    public override void WriteLine(string? value) => inner.WriteLine(Visible.Text(value ?? ""));

    public override void WriteLine() => inner.WriteLine();

    public override void Flush() => inner.Flush();
}
