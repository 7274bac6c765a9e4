using System.Runtime.CompilerServices;
using System.Text;

namespace Vaal.Tests;

/// <summary>Standard output and standard error of a command that runs in the process of the tests: what it writes, and
/// what its threads and tasks write, is its own. Everything else reaches the console as before.</summary>
internal sealed class OwnConsole : IDisposable
{
    private static readonly AsyncLocal<OwnConsole?> Current = new();
    private readonly StringWriter _out = new(), _error = new();

    public OwnConsole() => Current.Value = this;

    public string Out => Text(_out);

    public string Error => Text(_error);

    public void Dispose() => Current.Value = null;

    // before the command line takes hold of them
    [ModuleInitializer]
    internal static void Install()
    {
        Console.SetOut(new Parted(Console.Out, own => own._out));
        Console.SetError(new Parted(Console.Error, own => own._error));
    }

    private static string Text(StringWriter written)
    {
        lock (written) return written.ToString();
    }

    private sealed class Parted(TextWriter console, Func<OwnConsole, StringWriter> own) : TextWriter
    {
        public override Encoding Encoding => console.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

        public override void WriteLine(string? value) => Write(value + "\n");

        public override void WriteLine() => Write("\n");

        public override void Write(string? value)
        {
            if (Current.Value is not { } command)
            {
                console.Write(value);
                return;
            }
            var writer = own(command);
            lock (writer) writer.Write(value);
        }

        public override void Flush()
        {
            if (Current.Value is null) console.Flush();
        }
    }
}
