namespace Vaal.Tests;

/// <summary>96 tiny pictures in four class folders, and the command line of a run on them.</summary>
public sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRun()
    {
        for (var i = 0; i < 96; i++)
        {
            var (c, n) = (i % 4, i / 4);
            _folder.Write(
                $"pictures/class-{c}/{n:00}.png",
                TestImages.Grey(32, 32, (x, y) => (y / 8 == c ? 170 : 30) + (x * 7 + y * 3 + n * 11) % 64));
        }
    }

    public string Root => _folder.Path;

    public string Pictures => Path.Combine(Root, "pictures");

    public string Out(string name) => Path.Combine(Root, name);

    /// <summary>Arguments of <c>simulate</c>; later ones of the same name are the caller's.</summary>
    public string[] Simulate(string output, params string[] more)
    {
        string[] usual = [
            "--data", Pictures, "--initial", "12", "--budget", "6", "--rounds", "2", "--width", "16", "--latent", "4",
            "--iterations", "3", "--batch", "8", "--task-epochs", "0", "--task-min-iterations", "3"];
        var kept = usual.Chunk(2).Where(pair => !more.Contains(pair[0])).SelectMany(pair => pair);
        return ["simulate", .. kept, "--out", Out(output), .. more];
    }

    public void Write(string relative, byte[] bytes) => _folder.Write(relative, bytes);

    public void Dispose() => _folder.Dispose();
}
