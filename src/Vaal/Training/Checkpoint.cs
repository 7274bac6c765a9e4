using System.Globalization;
using System.Security.Cryptography;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// The state of one long training in one file, saved now and then, so that a killed run goes on where it was.
/// A file that is damaged, or belongs to another training, counts as none.
/// </summary>
/// <param name="path">the file; its folder exists</param>
/// <param name="key">what is being trained: options, data, seed and round; a file with another key is not used</param>
internal sealed class Checkpoint(string path, string key)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private long _saved = Environment.TickCount64;

    /// <summary>Restores a training; gives false, having changed nothing, where there is nothing to go on from.</summary>
    public bool TryRestore(Action<IReadOnlyDictionary<string, Tensor>, int> restore)
    {
        if (!File.Exists(path)) return false;
        using var scope = NewDisposeScope();
        try
        {
            var state = Safetensors.Load(path, out var metadata);
            if (metadata.GetValueOrDefault("key") != key || metadata.GetValueOrDefault("digest") != Digest(state)) return false;
            restore(state, int.Parse(metadata["iteration"], CultureInfo.InvariantCulture));
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Saves if the last save is some seconds ago.</summary>
    public void SaveIfDue(IEnumerable<(string Name, Tensor Value)> state, int iteration)
    {
        if (Environment.TickCount64 - _saved >= Every.TotalMilliseconds) Save(state, iteration);
    }

    public void Save(IEnumerable<(string Name, Tensor Value)> state, int iteration)
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] all = [.. state.Select(t => (t.Name, t.Value.detach().cpu().contiguous()))];
        Safetensors.Save(path, all, new Dictionary<string, string>
        {
            ["key"] = key,
            ["iteration"] = iteration.ToString(CultureInfo.InvariantCulture),
            ["digest"] = Digest(all.ToDictionary(t => t.Name, t => t.Value)),
        });
        _saved = Environment.TickCount64;
    }

    // safetensors has no checksum of its own
    private static string Digest(Dictionary<string, Tensor> state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in state.Keys.Order(StringComparer.Ordinal)) hash.AppendData(state[name].bytes);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
