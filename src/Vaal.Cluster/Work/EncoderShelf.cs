using Vaal.Encoders;

namespace Vaal.Cluster.Work;

/// <summary>The encoders of a process. Jobs with the same one share it; the last that gives it back frees it.</summary>
internal sealed class EncoderShelf
{
    private readonly Dictionary<(string Name, string Digest), (IEncoder Encoder, int Users)> _shelf = [];

    /// <exception cref="InputException">the job's encoder is not here</exception>
    public Loan Lend(JobManifest job)
    {
        var key = (job.Encoder, job.ModelDigest);
        lock (_shelf)
        {
            if (!_shelf.TryGetValue(key, out var there))
            {
                there = (PretrainedEncoders.Open(job.Encoder, new EncoderContext()), 0);
                try
                {
                    there.Encoder.Load();
                }
                catch
                {
                    there.Encoder.Dispose();
                    throw;
                }
            }
            _shelf[key] = (there.Encoder, there.Users + 1);
            return new(there.Encoder, () => GiveBack(key));
        }
    }

    private void GiveBack((string, string) key)
    {
        lock (_shelf)
        {
            var (encoder, users) = _shelf[key];
            if (users > 1)
            {
                _shelf[key] = (encoder, users - 1);
                return;
            }
            _shelf.Remove(key);
            encoder.Dispose();
        }
    }

    /// <summary>An encoder for a while; disposed once.</summary>
    internal sealed class Loan(IEncoder encoder, Action giveBack) : IDisposable
    {
        public IEncoder Encoder => encoder;

        public void Dispose() => giveBack();
    }
}
