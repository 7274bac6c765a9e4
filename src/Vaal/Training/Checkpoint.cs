using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// The state of one long training in one file, saved now and then, so that a killed run goes on where it was.
/// A file that is damaged, or belongs to another training, counts as none.
/// </summary>
/// <param name="path">the file; its folder exists</param>
/// <param name="key">what is being trained: options, data, seed and round; a file with another key is not used</param>
/// <param name="every">time between two saves; null: <see cref="RuntimeOptions.CheckpointEvery"/></param>
internal sealed class Checkpoint(string path, string key, TimeSpan? every = null)
{
    private readonly TimeSpan _every = every ?? RuntimeOptions.Current.CheckpointEvery;
    private long _saved = Environment.TickCount64;

    /// <summary>Restores a training; gives false, having changed nothing, where there is nothing to go on
    /// from.</summary>
    public bool TryRestore(Action<IReadOnlyDictionary<string, Tensor>, int> restore)
    {
        if (!File.Exists(path)) return false;
        using var scope = NewDisposeScope();
        try
        {
            var state = Safetensors.Load(path, out var metadata);
            if (metadata.GetValueOrDefault("key") != key
                || !int.TryParse(
                    metadata.GetValueOrDefault("iteration"), CultureInfo.InvariantCulture, out var iteration)
                || metadata.GetValueOrDefault("digest") != Digest(state, iteration)) return false;
            restore(state, iteration);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Puts a saved state into a training's own tensors, all of it or nothing.</summary>
    /// <exception cref="InputException">it is of another model</exception>
    public static void Copy(
        IReadOnlyDictionary<string, Tensor> saved, IEnumerable<(string Name, Tensor Value)> into,
        int iteration, int iterations)
    {
        (string Name, Tensor Value)[] all = [.. into];
        foreach (var (name, value) in all)
        {
            if (!saved.TryGetValue(name, out var before))
                throw new InputException($"the saved training has no '{name}'");
            if (!before.shape.SequenceEqual(value.shape))
                throw new InputException(
                    $"'{name}' was saved as {string.Join('×', before.shape)}; the model has " +
                    $"{string.Join('×', value.shape)}");
        }
        if (iteration < 0 || iteration > iterations)
            throw new InputException($"the saved training stands at iteration {iteration} of {iterations}");
        using var noGrad = no_grad();
        foreach (var (name, value) in all) value.copy_(saved[name]);
    }

    /// <summary>Saves if the last save is some seconds ago.</summary>
    public void SaveIfDue(IEnumerable<(string Name, Tensor Value)> state, int iteration)
    {
        if (Environment.TickCount64 - _saved >= _every.TotalMilliseconds) Save(state, iteration);
    }

    public void Save(IEnumerable<(string Name, Tensor Value)> state, int iteration)
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] all = [.. state.Select(t => (t.Name, t.Value.detach().cpu().contiguous()))];
        Safetensors.Save(path, all, new Dictionary<string, string>
        {
            ["key"] = key,
            ["iteration"] = iteration.ToString(CultureInfo.InvariantCulture),
            ["digest"] = Digest(all.ToDictionary(t => t.Name, t => t.Value), iteration),
        });
        _saved = Environment.TickCount64;
    }

    // safetensors has no checksum of its own; over everything that a restored training depends on
    private static string Digest(Dictionary<string, Tensor> state, int iteration)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append($"{iteration}");
        foreach (var (name, value) in state.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Append($"{name} {value.dtype} {string.Join('×', value.shape)}");
            hash.AppendData(value.bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset());

        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }
}
